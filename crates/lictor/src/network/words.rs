//! What went wrong on the network, in the words that Go has for it where it has some.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

/// An operating system's error without its number, in lower case as Go writes it.
pub(super) fn of_io(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "EOF".into();
    }
    if let Some(inner) = error.get_ref() {
        return of(inner);
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

/// The innermost cause that says more than that something failed.
pub(super) fn of(error: &(dyn Error + 'static)) -> String {
    let mut at = Some(error);
    let mut innermost = error;
    while let Some(cause) = at {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return of_tls(tls);
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return of_io(io);
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            if http.is_incomplete_message() {
                return "EOF".into();
            }
            if http.is_parse() {
                return format!("net/http: HTTP/1.x transport connection broken: {http}");
            }
        }
        innermost = cause;
        at = cause.source();
    }
    innermost.to_string()
}

/// Whether the other side hung up before it said anything.
pub(super) fn is_hang_up(error: &(dyn Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(cause) = at {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)) {
            return true;
        }
        if cause.downcast_ref::<hyper::Error>().is_some_and(|http| http.is_incomplete_message() || http.is_closed()) {
            return true;
        }
        at = cause.source();
    }
    false
}

fn of_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => format!("tls: failed to verify certificate: {}", of_certificate(why)),
        rustls::Error::AlertReceived(alert) => format!("remote error: tls: {}", of_alert(*alert)),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "http: server gave HTTP response to HTTPS client".into()
        }
        error => format!("tls: {error}"),
    }
}

fn of_certificate(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => "x509: certificate signed by unknown authority".into(),
        CertificateError::Expired
        | CertificateError::NotValidYet
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYetContext { .. } => "x509: certificate has expired or is not yet valid".into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let presented: Vec<_> = presented.iter().map(|name| bare(name)).collect();
            format!("x509: certificate is valid for {}, not {}", presented.join(", "), expected.to_str())
        }
        // An authority that shows itself as a server, and nobody trusts it as one.
        CertificateError::Other(why) if why.to_string() == "CaUsedAsEndEntity" => {
            "x509: certificate signed by unknown authority".into()
        }
        why => format!("x509: {why}"),
    }
}

/// A name without the kind that is written around it: `DnsName("a")`, `IpAddress(10.0.0.1)`.
fn bare(name: &str) -> &str {
    name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map_or(name, |inside| inside.trim_matches('"'))
}

/// `BadCertificate` as `bad certificate`.
fn of_alert(alert: AlertDescription) -> String {
    if alert == AlertDescription::UnknownCA {
        return "unknown certificate authority".into();
    }
    let mut words = String::new();
    for c in format!("{alert:?}").chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}
