//! TLS of a channel by rustls: certificates come as PEM from Python, which reads files and knows when they changed.

use super::settings::TlsSettings;
use super::trust::{Anyone, CaOrPinned};
use std::sync::Arc;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, crypto::ring, version};

/// What a connection needs.
#[derive(Clone)]
pub struct Tls {
    pub config: Arc<ClientConfig>,
    pub name: ServerName<'static>,
}

/// The error is for people.
pub fn prepare(settings: &TlsSettings) -> Result<Tls, String> {
    let provider = Arc::new(ring::default_provider());
    let versions: Vec<&SupportedProtocolVersion> =
        settings.versions.iter().map(|name| if name == "1.2" { &version::TLS12 } else { &version::TLS13 }).collect();
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(|error| error.to_string())?
        .dangerous();
    let builder = if settings.skip_verify {
        builder.with_custom_certificate_verifier(Arc::new(Anyone(provider)))
    } else {
        let pinned = certificates(&settings.ca)?;
        let mut roots = RootCertStore::empty();
        let (_, strange) = roots.add_parsable_certificates(pinned.iter().cloned()); // as Go, it takes the others
        if strange > 0 && roots.is_empty() {
            return Err("CA: no certificate there is one that can be used".into());
        }
        if settings.system_roots {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        if roots.is_empty() {
            return Err("the system has no CA certificates, and ca_file names none".into());
        }
        let authorities =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(|error| error.to_string())?;
        builder.with_custom_certificate_verifier(Arc::new(CaOrPinned { authorities, pinned }))
    };
    let mut config = if settings.certificate.is_empty() {
        builder.with_no_client_auth()
    } else {
        let key = PrivateKeyDer::from_pem_slice(&settings.key).map_err(|error| format!("key: {error}"))?;
        builder.with_client_auth_cert(certificates(&settings.certificate)?, key).map_err(|error| error.to_string())?
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(settings.server_name.clone())
        .map_err(|_| format!("\"{}\" is no name that a certificate can have: set server_name_override", settings.server_name))?;
    Ok(Tls { config: Arc::new(config), name })
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.map_err(|error| format!("certificate: {error}"))
}
