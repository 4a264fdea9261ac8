//! What an error of the API looks like: RFC 9457 `application/problem+json` with a stable `code`.

use std::borrow::Cow;

use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use salvo::http::{ResBody, StatusCode};
use salvo::oapi::{Components, EndpointOutRegister, Operation, Response as ApiResponse, ToSchema};
use salvo::{Response, Scribe};
use serde::Serialize;

use crate::auth::password::PasswordError;
use crate::storage::StorageError;

/// An error of a request. Nothing was changed.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    retry_after_ms: Option<u64>,
    extra: Option<(&'static str, serde_json::Value)>,
}

/// The body of an error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The words of the status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable; made for programs.
    pub code: String,
    /// One sentence for a developer.
    pub detail: String,
    /// When to try again, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The field that is wrong, with `invalid_field`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What a file may have at most, with `payload_too_large`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// How often a code may still be tried, with `code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<i64>,
}

impl ApiError {
    /// An error with a stable code and one sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError {
            status,
            code,
            detail: detail.into(),
            retry_after_ms: None,
            extra: None,
        }
    }

    /// 400: a field has a value it may not have.
    pub fn field(name: &'static str, detail: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError {
            extra: Some(("field", name.into())),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_field", detail)
        }
    }

    /// Is it the lack of a login, or of a token?
    pub fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// 404.
    pub fn not_found() -> ApiError {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing here under this address.",
        )
    }

    /// 401: no login, or no visitor's token.
    pub fn unauthorized(detail: &'static str) -> ApiError {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 429.
    pub fn rate_limited(retry_after_ms: u64) -> ApiError {
        Self::later(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            "Too many requests in a short time.",
            retry_after_ms,
        )
    }

    /// 413, with what is allowed.
    pub fn payload_too_large(max_bytes: u64) -> ApiError {
        let detail = format!("The file is larger than {max_bytes} bytes.");
        ApiError {
            extra: Some(("max_bytes", max_bytes.into())),
            ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
        }
    }

    /// An error that passes by itself.
    pub fn later(status: StatusCode, code: &'static str, detail: &'static str, retry_after_ms: u64) -> ApiError {
        ApiError {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(status, code, detail)
        }
    }

    /// 503.
    pub fn busy() -> ApiError {
        Self::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The server is busy; try again in a moment.",
            1000,
        )
    }

    /// 500; the reason is in the log.
    pub fn internal() -> ApiError {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something failed here; it was written to the log.",
        )
    }

    /// 401: the one-time code was wrong.
    pub fn wrong_code(tries_left: i64) -> ApiError {
        let error = Self::new(
            StatusCode::UNAUTHORIZED,
            "code",
            "This code is not right, or was used before.",
        );
        ApiError {
            extra: Some(("tries_left", tries_left.into())),
            ..error
        }
    }

    /// What answers a status that came without words of its own (no such route, wrong method).
    pub fn of_status(status: StatusCode) -> ApiError {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method_not_allowed",
                "This address does not take this method; see the Allow header.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "payload_too_large", "The body is too large."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(status, "unsupported_media_type", "The body must be application/json.")
            }
            status if status.is_client_error() => Self::new(status, "bad_request", "The request was not understood."),
            _ => Self::internal(),
        }
    }

    fn problem(&self) -> Problem {
        let extra = |name| {
            self.extra
                .as_ref()
                .filter(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        Problem {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail.clone().into_owned(),
            retry_after_ms: self.retry_after_ms,
            field: extra("field").and_then(|value| value.as_str()).map(str::to_owned),
            max_bytes: extra("max_bytes").and_then(serde_json::Value::as_u64),
            tries_left: extra("tries_left").and_then(serde_json::Value::as_i64),
        }
    }
}

impl Scribe for ApiError {
    fn render(self, res: &mut Response) {
        res.status_code(self.status);
        if let Some(ms) = self.retry_after_ms {
            // Whole seconds, never 0 (RFC 9110, 10.2.3).
            res.headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000).max(1)));
        }
        let headers = res.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        res.replace_body(ResBody::Once(body.into()));
    }
}

impl EndpointOutRegister for ApiError {
    fn register(components: &mut Components, operation: &mut Operation) {
        let schema = Problem::to_schema(components);
        let content = salvo::oapi::Content::new(schema);
        operation.responses.insert(
            "default",
            ApiResponse::new("An error: problem+json with a stable code")
                .add_content("application/problem+json", content),
        );
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Missing => ApiError::not_found(),
            error if error.is_passing() => ApiError::busy(),
            error => {
                tracing::error!(%error, "a request failed in the database");
                ApiError::internal()
            }
        }
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => ApiError::busy(),
            PasswordError::Failed => ApiError::internal(),
        }
    }
}
