//! `POST /api/uploads`: a file on its way in.

use std::io::ErrorKind;
use std::num::NonZeroU32;

use bytes::Bytes;
use http_body_util::BodyDataStream;
use multer::{Constraints, Field, Multipart, SizeLimit};
use salvo::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use salvo::http::{ReqBody, StatusCode};
use salvo::oapi::{BasicType, Components, Operation, SecurityRequirement};
use salvo::oapi::{Content, EndpointArgRegister, KnownFormat, Object, RequestBody, SchemaFormat, endpoint};
use salvo::{Depot, Request, Writer};

use super::body::{ApiResult, Created};
use super::hoops;
use super::problem::ApiError;
use super::signed_in::{Server, Trusted, extractor};
use super::visitor::Visitor;
use crate::chat::Upload;
use crate::clock::now_ms;
use crate::limits::{Key, Limit, Limits};
use crate::storage::uploads::Owner;
use crate::uploads::MEGABYTE;
use crate::uploads::incoming::Incoming;
use crate::uploads::receive::{NotReceived, Pieces};
use crate::uploads::take::{NotTaken, Sender};
use crate::uploads::turns::NoTurn;

/// The name of the one part.
const PART_NAME: &str = "file";

/// What a body has besides the file: its boundaries and the head of the part.
const AROUND_BYTES: u64 = 16 * 1024;

/// Who sends a file.
pub struct Uploader {
    owner: Owner,
    key: Key,
    address: Key,
}

impl Uploader {
    async fn of(req: &Request, depot: &Depot) -> Result<Uploader, ApiError> {
        let address = Key::address(hoops::client(depot)?.address);
        if !req.headers().contains_key("authorization") {
            let agent = Trusted::of(req, depot).await?.0.agent.id;
            return Ok(Uploader {
                owner: Owner::Agent(agent),
                key: Key::Agent(agent),
                address,
            });
        }
        let visitor = Visitor::of(req, depot).await?.0;
        if visitor.blocked {
            return Err(blocked());
        }
        Ok(Uploader {
            owner: Owner::Visitor(visitor.id),
            key: Key::Session(visitor.id),
            address,
        })
    }

    /// Counts one more.
    fn check(&self, limits: &Limits) -> Result<(), ApiError> {
        let limit = match self.owner {
            Owner::Agent(_) => Limit::AgentUpload,
            Owner::Visitor(_) => Limit::Upload,
        };
        limits.check(limit, self.key.clone()).map_err(ApiError::rate_limited)
    }

    /// Counts what is about to be kept: what was only announced, or refused, takes nothing of an address's day.
    fn admit(&self, limits: &Limits, bytes: u64) -> Result<(), NotTaken> {
        if matches!(self.owner, Owner::Agent(_)) {
            return Ok(());
        }
        let megabytes = u32::try_from(bytes.div_ceil(MEGABYTE)).unwrap_or(u32::MAX);
        let megabytes = NonZeroU32::new(megabytes).unwrap_or(NonZeroU32::MIN);
        limits
            .check_many(Limit::UploadMegabytes, self.address.clone(), megabytes)
            .map_err(|retry_after_ms| NotTaken::Quota { retry_after_ms })
    }
}

/// The one who asks, or why it may not: refused when its body was read, else its browser would hear of a lost connection
/// instead.
pub struct Asking(Result<Uploader, ApiError>);

impl Asking {
    async fn of(req: &Request, depot: &Depot) -> Result<Asking, ApiError> {
        Ok(Asking(Uploader::of(req, depot).await))
    }
}

extractor!(Asking);

impl EndpointArgRegister for Asking {
    fn register(_: &mut Components, operation: &mut Operation, _: &str) {
        let either = operation.securities.get_or_insert_default();
        for scheme in ["visitor", "login"] {
            either.push(SecurityRequirement::new::<_, _, String>(scheme, []));
        }
    }
}

/// A body as it comes.
type Body = Incoming<BodyDataStream<ReqBody>>;

/// A multipart body that is still coming.
pub struct Form {
    body: Body,
    multipart: Multipart<'static>,
    /// As the client says; nothing relies on it.
    length: Option<u64>,
    /// `Expect: 100-continue`.
    waits_to_be_asked: bool,
}

impl Form {
    async fn of(req: &mut Request, depot: &Depot) -> Result<Form, ApiError> {
        let header = |name| req.headers().get(name).and_then(|value| value.to_str().ok());
        let length = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let boundary = header(CONTENT_TYPE).and_then(|kind| multer::parse_boundary(kind).ok());
        let waits_to_be_asked = header(EXPECT).is_some();
        let Some(boundary) = boundary else {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be multipart/form-data.",
            ));
        };
        let server = hoops::server(depot)?;
        let uploads = &server.app.uploads;
        let limits = SizeLimit::new().whole_stream(uploads.max_bytes.saturating_add(AROUND_BYTES));
        let body = Incoming::new(BodyDataStream::new(req.take_body()), uploads.stop.told());
        let constraints = Constraints::new().size_limit(limits);
        Ok(Form {
            multipart: Multipart::with_constraints(body.clone(), boundary, constraints),
            body,
            length,
            waits_to_be_asked,
        })
    }
}

extractor!(Form);

impl EndpointArgRegister for Form {
    fn register(_: &mut Components, operation: &mut Operation, _: &str) {
        let file = Object::new()
            .schema_type(BasicType::String)
            .format(SchemaFormat::KnownFormat(KnownFormat::Binary));
        let form = Object::new().property(PART_NAME, file).required(PART_NAME);
        operation.request_body = Some(RequestBody::new().add_content("multipart/form-data", Content::new(form)));
    }
}

/// Sends a file: the one part, named `file`, of a multipart body. A message then names the upload by its id.
#[endpoint(tags("files"))]
pub async fn upload(server: Server, asking: Asking, form: Form) -> ApiResult<Created<Upload>> {
    let Form {
        body,
        mut multipart,
        length,
        waits_to_be_asked,
    } = form;
    let taken = match asking.0 {
        Ok(uploader) => take(&server, &uploader, &body, &mut multipart, length).await,
        Err(refused) => Err(refused),
    };
    // Who waits to be asked for the body hears the refusal instead; everybody else is sending it.
    if taken.is_err() && !(waits_to_be_asked && body.is_untouched()) {
        tokio::spawn(body.drain());
    }
    taken.map(Created)
}

async fn take(
    server: &Server,
    uploader: &Uploader,
    body: &Body,
    multipart: &mut Multipart<'static>,
    length: Option<u64>,
) -> ApiResult<Upload> {
    let app = &server.0.app;
    let uploads = &app.uploads;
    if length.is_some_and(|length| length > uploads.max_bytes + AROUND_BYTES) {
        return Err(ApiError::payload_too_large(uploads.max_bytes));
    }
    uploader.check(&app.limits)?;
    if !uploads.space.has_room_for(length.unwrap_or(0)) {
        return Err(no_space());
    }
    let _turn = uploads
        .turns
        .take(uploader.key.clone(), uploader.address.clone())
        .map_err(|no| match no {
            NoTurn::TooMany => ApiError::rate_limited(TURN_AFTER_MS),
            NoTurn::Busy => ApiError::busy(),
        })?;
    let refused = |error| refusal(error, uploads.max_bytes);
    body.allow(AROUND_BYTES);
    let file = multipart
        .next_field()
        .await
        .map_err(|error| refused(multipart_error(error).into()))?
        .filter(|field| field.name() == Some(PART_NAME))
        .ok_or_else(|| invalid("The body has no part named \"file\" in front.".to_owned()))?;
    let name = file_name(&file).ok_or_else(|| invalid("The part \"file\" has no filename.".to_owned()))?;
    let allowed = app.settings().upload_types.clone();
    body.allow(u64::MAX);
    let received = uploads.receive(Part(file)).await.map_err(refused)?;
    body.allow(AROUND_BYTES);
    // The end of the body: without it the file may have been cut, and there may be another part.
    match multipart.next_field().await {
        Ok(None) => {}
        Ok(Some(_)) => return Err(invalid("The body has more than one part.".to_owned())),
        Err(error) => return Err(refused(multipart_error(error).into())),
    }
    let sender = Sender {
        owner: uploader.owner,
        address: &uploader.address,
        admit: &|bytes| uploader.admit(&app.limits, bytes),
    };
    let description = uploads
        .take(&app.writer, &name, &allowed, &sender, received)
        .await
        .map_err(refused)?;
    Ok(description.linked(app.links, now_ms()))
}

/// The file's part of the body.
struct Part(Field<'static>);

impl Pieces for Part {
    async fn next(&mut self) -> Result<Option<Bytes>, NotReceived> {
        self.0.chunk().await.map_err(multipart_error)
    }
}

/// When somebody with eight uploads on their way may try again.
const TURN_AFTER_MS: u64 = 1000;

/// The name as the browser gave it: bytes of UTF-8 in quotes, with `%22` for a quote (HTML, 4.10.21.8).
fn file_name(field: &Field<'_>) -> Option<String> {
    field
        .file_name()
        .map(|name| name.replace("%22", "\"").replace("%0D", "").replace("%0A", ""))
}

fn is(cause: &(dyn std::error::Error + Send + Sync + 'static), kind: ErrorKind) -> bool {
    cause
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == kind)
}

fn multipart_error(error: multer::Error) -> NotReceived {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => NotReceived::TooLarge,
        multer::Error::StreamReadFailed(cause) if is(&*cause, ErrorKind::TimedOut) => NotReceived::TooSlow,
        multer::Error::StreamReadFailed(cause) if is(&*cause, ErrorKind::Interrupted) => NotReceived::Stopped,
        other => NotReceived::Broken(other.to_string()),
    }
}

fn invalid(detail: String) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", detail)
}

fn blocked() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "blocked", "This chat no longer takes files.")
}

fn no_space() -> ApiError {
    ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "no_space",
        "The server's disk has no room for files at the moment.",
    )
}

fn quota(retry_after_ms: u64) -> ApiError {
    ApiError::later(
        StatusCode::TOO_MANY_REQUESTS,
        "quota",
        "No more files for today: this visitor, or this address, has sent what one may in a day.",
        retry_after_ms,
    )
}

fn refusal(error: NotTaken, max_bytes: u64) -> ApiError {
    let unprocessable = |code, detail: &'static str| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    match error {
        NotTaken::Received(NotReceived::TooLarge) => ApiError::payload_too_large(max_bytes),
        NotTaken::Received(NotReceived::TooSlow) => ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "invalid_body",
            "The body did not arrive in time.",
        ),
        NotTaken::Received(NotReceived::Stopped) => ApiError::busy(),
        NotTaken::Received(NotReceived::Broken(reason)) => {
            invalid(format!("The body is no whole multipart/form-data: {reason}."))
        }
        NotTaken::Received(NotReceived::NoSpace) => no_space(),
        NotTaken::Received(NotReceived::Io(error)) => {
            tracing::error!(%error, "an upload could not be written");
            ApiError::internal()
        }
        NotTaken::Empty => ApiError::new(StatusCode::BAD_REQUEST, "empty_file", "The file has no bytes."),
        NotTaken::FileType => ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "file_type",
            "Files of this kind are not taken here.",
        ),
        NotTaken::ImageBroken => unprocessable("image_broken", "The picture cannot be decoded."),
        NotTaken::ImageTooLarge => unprocessable(
            "image_too_large",
            "The picture has too many pixels, frames or bytes of metadata.",
        ),
        NotTaken::Erased => Visitor::unknown(),
        NotTaken::Blocked => blocked(),
        NotTaken::Quota { retry_after_ms } => quota(retry_after_ms),
        NotTaken::Busy => ApiError::busy(),
        NotTaken::Storage(error) => error.into(),
        NotTaken::Failed => ApiError::internal(),
    }
}
