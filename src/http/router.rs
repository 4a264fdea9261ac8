//! Every route, grouped by who calls it.

use std::sync::Arc;

use salvo::catcher::Catcher;
use salvo::oapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme};
use salvo::oapi::{OpenApi, SecurityScheme};
use salvo::prelude::async_trait;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, Service};

use super::admin::{account, answer, relay, session_list, session_one, settings, setup, sign_in, telegram};
use super::body::Json;
use super::pages::{Files, Page};
use super::socket::Mount;
use super::{clock, file, hoops, ice, operator, upload, visitor};
use crate::app::VERSION;
use crate::signaling::Signaling;

/// The whole of HTTP, ready to be served.
pub fn service(signaling: &Arc<Signaling>) -> Service {
    let router = Router::new()
        // No path: salvo warns of an empty one at every start.
        .push(get_and_head(Router::new(), Page("visitor.html")))
        .push(file("admin", Page("admin.html")))
        .push(file("assets/{**rest}", Files))
        .push(file("favicon.svg", Page("favicon.svg")))
        .push(file("favicon.ico", Page("favicon.svg")))
        .push(file("manifest.webmanifest", Page("manifest.webmanifest")))
        .push(Router::with_path("socket.io/{**rest}").goal(Mount::new(signaling)))
        .push(Router::with_path("api/openapi.json").get(Describe))
        .push(
            Router::with_path("health")
                .get(operator::HealthCheck)
                .head(operator::HealthCheck),
        )
        .push(api());
    let words = Catcher::default().hoop(hoops::Words);
    hoops::add_to(Service::new(router).catcher(words), signaling)
}

/// A file, for GET and HEAD.
fn file(path: &str, goal: impl Handler + Clone) -> Router {
    get_and_head(Router::with_path(path), goal)
}

fn get_and_head(router: Router, goal: impl Handler + Clone) -> Router {
    router.get(goal.clone()).head(goal)
}

/// What programs call; `/api/openapi.json` describes all of it.
fn api() -> Router {
    Router::new()
        .push(Router::with_path("debug/memory").get(operator::memory))
        .push(Router::with_path("debug/clock").post(clock::put_forward))
        .push(files())
        .push(Router::with_path("v1/api/ice-servers").get(ice::servers))
        .push(visitors())
        .push(agents())
}

/// What visitors and agents send each other.
fn files() -> Router {
    Router::new()
        .push(Router::with_path("api/uploads").post(upload::upload))
        .push(
            Router::with_path("files/{id}/{name}")
                .get(file::fetch)
                .head(file::fetch),
        )
}

fn visitors() -> Router {
    Router::with_path("api")
        .push(Router::with_path("info").get(visitor::info))
        .push(
            Router::with_path("session")
                .post(visitor::begin)
                .patch(visitor::about::contact),
        )
        .push(Router::with_path("session/rating").put(visitor::about::rate))
        .push(Router::with_path("messages").get(visitor::messages))
}

fn agents() -> Router {
    Router::with_path("api")
        .push(Router::with_path("csrf").get(account::csrf))
        .push(
            Router::with_path("admin")
                .push(Router::with_path("setup").post(setup::look))
                .push(Router::with_path("setup/finish").post(setup::finish))
                .push(Router::with_path("login").post(sign_in::login))
                .push(Router::with_path("otp").post(sign_in::otp))
                .push(Router::with_path("otp/resend").post(sign_in::resend))
                .push(Router::with_path("logout").post(sign_in::logout))
                .push(Router::with_path("me").get(account::me))
                .push(
                    Router::with_path("logins")
                        .get(account::list)
                        .delete(account::revoke_others),
                )
                .push(Router::with_path("logins/{id}").delete(account::revoke))
                .push(Router::with_path("settings").get(settings::get).put(settings::put))
                .push(Router::with_path("relay").get(relay::get))
                .push(Router::with_path("relay/test").post(relay::test))
                .push(pocket())
                .push(Router::with_path("answer").post(answer::answer))
                .push(Router::with_path("sessions").get(session_list::list))
                .push(
                    Router::with_path("sessions/{room}")
                        .get(session_one::get)
                        .patch(session_one::change)
                        .delete(session_one::erase),
                )
                .push(Router::with_path("sessions/{room}/messages").get(session_one::get_messages))
                .push(Router::with_path("sessions/{room}/export").get(session_one::export)),
        )
}

/// The owner's Telegram.
fn pocket() -> Router {
    Router::with_path("telegram")
        .get(telegram::get)
        .delete(telegram::forget)
        .push(Router::with_path("token").put(telegram::put_token))
        .push(
            Router::with_path("chat")
                .put(telegram::put_chat)
                .delete(telegram::delete_chat),
        )
        .push(Router::with_path("settings").put(telegram::put_settings))
        .push(Router::with_path("test").post(telegram::test))
        .push(Router::with_path("failed/retry").post(telegram::retry))
        .push(Router::with_path("failed/{id}").delete(telegram::forget_failed))
        .push(Router::with_path("link").post(telegram::link).delete(telegram::unlink))
}

/// `/api/openapi.json`, made when somebody asks: nobody does for months, and it is a megabyte in memory.
struct Describe;

#[async_trait]
impl Handler for Describe {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let login = SecurityScheme::from(ApiKey::Cookie(ApiKeyValue::new("konusma")));
        let visitor = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let description = OpenApi::new("Konuşma", VERSION)
            .merge_router(&Router::new().push(api()).push(Router::with_path("health").get(health)))
            .add_security_scheme("login", login)
            .add_security_scheme("visitor", visitor);
        res.render(Json(description));
    }
}

/// Does the server work? 503 with findings when it does not.
#[salvo::oapi::endpoint(tags("operator"), operation_id = "health")]
async fn health() -> Json<operator::Health> {
    // Described here, answered by [`operator::HealthCheck`], which chooses its status.
    Json(operator::Health {
        ok: true,
        status: "healthy",
        version: VERSION,
        uptime_ms: 0,
        warnings: Vec::new(),
    })
}
