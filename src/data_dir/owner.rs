//! Whose a file is, by name, so that an error can say which user to run as.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The owner of `path` when that is another user than the one we run as: the name, or the number where no name is known.
pub(super) fn other_owner(path: &Path) -> Option<String> {
    let uid = path.metadata().ok()?.uid();
    if uid == rustix::process::geteuid().as_raw() {
        return None;
    }
    // Read as text: a static binary cannot load the system's name services. Who is not in it keeps the number.
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(name(&users, uid).unwrap_or_else(|| uid.to_string()))
}

/// The path itself or the first of its parents that exists.
pub(super) fn nearest_existing(path: &Path) -> &Path {
    path.ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(Path::new("."))
}

/// passwd(5): `name:password:uid:…`.
fn name(users: &str, uid: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_third_field() {
        let users = "root:x:0:0:root:/root:/bin/sh\n\nbroken\nkonusma:x:998:0::/var/lib/konusma:/usr/sbin/nologin\n";
        assert_eq!(name(users, 998).as_deref(), Some("konusma"));
        assert_eq!(name(users, 0).as_deref(), Some("root"));
        assert_eq!(name(users, 1), None);
    }

    #[test]
    fn our_own_files_have_no_other_owner() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(other_owner(file.path()), None);
        assert_eq!(
            nearest_existing(&file.path().with_file_name("none").join("below")),
            file.path().parent().unwrap()
        );
    }
}
