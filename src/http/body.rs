//! What goes in and out: strict JSON in, JSON out, each known to `/api/openapi.json`.

use std::fmt::Debug;
use std::sync::OnceLock;
use std::time::Duration;

use salvo::extract::{Extractible, Metadata};
use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use salvo::http::{ParseError, ResBody, StatusCode};
use salvo::oapi::{
    Components, Content, EndpointArgRegister, EndpointOutRegister, Operation, RequestBody, Response as ApiResponse,
    ToParameters, ToSchema,
};
use salvo::{Depot, Request, Response, Scribe, Writer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::ApiError;

/// No JSON of ours is near this.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// A phone on a bad line sends 64 KB in this; who takes longer holds a connection for nothing.
const BODY_PATIENCE: Duration = Duration::from_secs(20);

/// What a handler answers.
pub type ApiResult<T> = Result<T, ApiError>;

/// Metadata for extractors that read nothing by name.
pub(super) fn no_metadata() -> &'static Metadata {
    static EMPTY: OnceLock<Metadata> = OnceLock::new();
    EMPTY.get_or_init(|| Metadata::new(""))
}

/// A JSON body; unknown fields are refused by the type.
pub struct Body<T>(pub T);

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for Body<T> {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    async fn extract(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + Debug + 'static> {
        let is_json = req
            .content_type()
            .is_some_and(|mime| mime.essence_str() == "application/json");
        if !is_json {
            return Err(ApiError::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let reading = tokio::time::timeout(BODY_PATIENCE, req.payload_with_max_size(BODY_MAX_BYTES));
        let late = |_| {
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "invalid_body",
                "The body did not arrive in time.",
            )
        };
        let bytes = reading.await.map_err(late)?.map_err(|error| match error {
            ParseError::PayloadTooLarge => ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            _ => ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid_body",
                "The body did not arrive whole.",
            ),
        })?;
        serde_json::from_slice(bytes).map(Body).map_err(|error| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid_body",
                format!("The body is not what is asked for: {error}."),
            )
        })
    }
}

impl<T: ToSchema> EndpointArgRegister for Body<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        let content = Content::new(T::to_schema(components));
        operation.request_body = Some(RequestBody::new().add_content("application/json", content));
    }
}

/// The query string; an unknown or unreadable parameter is refused.
pub struct Query<T>(pub T);

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for Query<T> {
    fn metadata() -> &'static Metadata {
        no_metadata()
    }

    async fn extract(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + Debug + 'static> {
        req.parse_queries::<T>().map(Query).map_err(|error| {
            let detail = format!("The query string is not what is asked for: {error}.");
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_query", detail)
        })
    }
}

impl<T: for<'de> ToParameters<'de>> EndpointArgRegister for Query<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        for parameter in T::to_parameters(components) {
            operation.parameters.insert(parameter);
        }
    }
}

/// 200 with JSON.
pub struct Json<T>(pub T);

/// 201 with JSON.
pub struct Created<T>(pub T);

/// 204.
pub struct Done;

fn write<T: Serialize>(res: &mut Response, status: StatusCode, value: &T) {
    match serde_json::to_vec(value) {
        Ok(body) => {
            res.status_code(status);
            let headers = res.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            // Answers of the API are about this moment and this person.
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            res.replace_body(ResBody::Once(body.into()));
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            ApiError::internal().render(res);
        }
    }
}

impl<T: Serialize + Send> Scribe for Json<T> {
    fn render(self, res: &mut Response) {
        write(res, StatusCode::OK, &self.0);
    }
}

impl<T: Serialize + Send> Scribe for Created<T> {
    fn render(self, res: &mut Response) {
        write(res, StatusCode::CREATED, &self.0);
    }
}

impl Scribe for Done {
    fn render(self, res: &mut Response) {
        res.status_code(StatusCode::NO_CONTENT);
        res.headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn register<T: ToSchema>(components: &mut Components, operation: &mut Operation, status: &str, words: &str) {
    let content = Content::new(T::to_schema(components));
    operation
        .responses
        .insert(status, ApiResponse::new(words).add_content("application/json", content));
}

impl<T: ToSchema> EndpointOutRegister for Json<T> {
    fn register(components: &mut Components, operation: &mut Operation) {
        register::<T>(components, operation, "200", "The answer");
    }
}

impl<T: ToSchema> EndpointOutRegister for Created<T> {
    fn register(components: &mut Components, operation: &mut Operation) {
        register::<T>(components, operation, "201", "It was made");
    }
}

impl EndpointOutRegister for Done {
    fn register(_: &mut Components, operation: &mut Operation) {
        operation.responses.insert("204", ApiResponse::new("It was done"));
    }
}
