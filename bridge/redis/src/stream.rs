//! TCP and TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::error::Problem;

/// For one address to be connected to, with the handshakes.
pub const CONNECT_LIMIT: Duration = Duration::from_millis(2000);

/// A server as it is named, by people or by other servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The system's roots, and those of `more` in PEM. Reads files.
pub fn tls(more: &[u8]) -> Result<Arc<rustls::ClientConfig>, Problem> {
    let mut roots = rustls::RootCertStore::empty();
    // One that cannot be read is one less; without any, connecting says what is missing.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in CertificateDer::pem_slice_iter(more) {
        let certificate = certificate.map_err(|error| format!("not certificates in PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("a certificate that is none: {error}"))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Either kind of connection.
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to the first address of the host that answers.
pub async fn connect(
    address: &Address,
    tls: Option<&Arc<rustls::ClientConfig>>,
) -> Result<Stream, Problem> {
    // By a thread that waits for the resolver; it has a time limit of its own.
    let found: Vec<_> = lookup_host((address.host.as_str(), address.port))
        .await
        .map_err(|error| format!("has an address that cannot be found ({error})"))?
        .collect();
    let mut problem = "has no address".to_string();
    for one in found {
        match timeout(CONNECT_LIMIT, TcpStream::connect(one)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(|error| error.to_string())?;
                return match tls {
                    None => Ok(Stream::Plain(stream)),
                    Some(config) => secure(address, stream, config).await,
                };
            }
            Ok(Err(error)) => problem = plain(&error),
            Err(_) => problem = "does not answer".to_string(),
        }
    }
    Err(problem)
}

/// Without the number of the system's error.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refuses connections".to_string(),
        _ => error.to_string(),
    }
}

async fn secure(
    address: &Address,
    stream: TcpStream,
    config: &Arc<rustls::ClientConfig>,
) -> Result<Stream, Problem> {
    let name = ServerName::try_from(address.host.clone())
        .map_err(|error| format!("has a name that no certificate can have ({error})"))?;
    match timeout(CONNECT_LIMIT, TlsConnector::from(config.clone()).connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
        Ok(Err(error)) => Err(format!("does not get on with TLS ({error})")),
        Err(_) => Err("does not answer the TLS handshake".to_string()),
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
