# What a contributor runs. `just` alone lists the recipes.

triple := `rustc -vV | sed -n 's/^host: //p'`
target := env("CARGO_TARGET_DIR", "target")
static := "-C target-feature=+crt-static"

_list:
    @just --list --unsorted

# run the server: just serve --port 8080
serve *ARGS:
    cargo run --release -- serve {{ ARGS }}

# run it with sample chats and throw-away data
demo *ARGS:
    cargo run --release -- serve --demo {{ ARGS }}

# what must be clean before a commit: formats, lints, types
check:
    tests/run fmt clippy web

# all tests, or the named steps: just test unit clients
test *STEPS:
    tests/run {{ STEPS }}

# format everything
fmt:
    cargo fmt
    cd assets && npx biome format --write .

# one static file with everything inside, in target/static/konusma
static:
    CARGO_PROFILE_RELEASE_LTO=fat RUSTFLAGS="{{ static }}" cargo build --release --locked --target {{ triple }}
    mkdir -p {{ target }}/static
    cp {{ target }}/{{ triple }}/release/konusma {{ target }}/static/konusma
    ls -l {{ target }}/static/konusma
    ldd {{ target }}/static/konusma 2>&1 || true

# messages a second, latencies and memory, on two processors
bench *ARGS:
    RUSTFLAGS="{{ static }}" cargo bench --locked --target {{ triple }} --bench load -- {{ ARGS }}

# kill the server while people write and send files, for longer than the tests do
kill ROUNDS="200": static
    npm ci --prefix tests
    KONUSMA_BIN={{ target }}/static/konusma KONUSMA_KILL_ROUNDS={{ ROUNDS }} node --test tests/kill/*.test.mjs

# wild packets for the relay and wild events for calls, for longer than the tests do
fuzz SECONDS="600":
    KONUSMA_FUZZ_SECONDS={{ SECONDS }} cargo test --release --lib -- wild_ --nocapture

# the relay beside coturn, on two processors
bench-turn *ARGS:
    RUSTFLAGS="{{ static }}" cargo bench --locked --target {{ triple }} --bench turn -- {{ ARGS }}

# other people's Socket.IO clients
clients:
    tests/run build clients python

# real browsers
e2e:
    tests/run build e2e

# build the web client alone, as a release archive carries it
dist:
    npm ci --prefix assets
    cd assets && node build.mjs dist

# API documentation of every module
doc:
    cargo doc --no-deps --document-private-items --open
