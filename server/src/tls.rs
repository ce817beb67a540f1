//! HTTPS for phones on the same Wi-Fi: a certificate authority of this machine's own, and a certificate for its
//! addresses. Kept in `tls/` below the data folder, so that a phone has to trust it once only.

use crate::durable;
use domain::time::{Span, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use std::error::Error;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use time::OffsetDateTime;

/// What is needed to serve HTTPS, and what a phone needs to trust it.
pub struct Phone {
    /// The chain to serve, in PEM.
    pub chain: Vec<u8>,
    /// Its private key, in PEM.
    pub key: Vec<u8>,
    /// The certificate authority, in PEM, to be installed on the phone.
    pub authority: Vec<u8>,
}

/// What the kept certificate is for.
#[derive(PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Kept {
    addresses: Vec<IpAddr>,
    until: Timestamp,
}

const AUTHORITY_LIFETIME: Span = Span::days(5 * 365);
const CERTIFICATE_LIFETIME: Span = Span::days(90);
/// A certificate with less than this before it is made anew.
const RENEW_BEFORE: Span = Span::days(30);

/// The addresses of this machine in its networks, the one that leads outside first.
///
/// # Errors
/// When the operating system does not tell.
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let interfaces = if_addrs::get_if_addrs()?;
    let mut found: Vec<IpAddr> = interfaces.iter().map(|interface| interface.ip()).collect();
    found.retain(|ip| ip.is_ipv4() && !ip.is_loopback());
    // Connecting a datagram socket sends nothing; it only asks which address would be used.
    let outward = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let outward = outward.map(|address| address.ip()).ok();
    found.sort_by_key(|ip| (Some(*ip) != outward, *ip));
    found.dedup();
    Ok(found)
}

/// Takes the authority and the certificate from `folder`, or makes what is missing, about to expire, or for other
/// addresses. The authority stays while it may speak for all of them.
///
/// # Errors
/// When the folder cannot be used or a certificate cannot be made.
pub fn prepare(folder: &Path, addresses: &[IpAddr], now: Timestamp) -> Result<Phone, Box<dyn Error>> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut sorted = addresses.to_vec();
    sorted.sort();
    let (key_file, authority_file, scope_file) = (
        folder.join("authority.key"),
        folder.join("authority.pem"),
        folder.join("authority.json"),
    );
    let mut public = sorted.clone();
    public.retain(|ip| !is_private(*ip));
    let kept: Option<Vec<IpAddr>> = read(&scope_file)?.and_then(|json| serde_json::from_slice(&json).ok());
    let kept = kept.filter(|kept| public.iter().all(|ip| kept.contains(ip)));
    let parameters = authority(kept.as_ref().unwrap_or(&public), now)?;
    let (authority_key, authority) = match (kept, read(&key_file)?, read(&authority_file)?) {
        (Some(_), Some(key), Some(certificate)) => {
            (KeyPair::from_pem(&String::from_utf8(key)?)?, certificate)
        }
        _ => {
            let key = KeyPair::generate()?;
            let certificate = parameters.self_signed(&key)?.pem().into_bytes();
            _ = fs::remove_file(folder.join("server.json"));
            durable::write(&key_file, key.serialize_pem().as_bytes())?;
            durable::write(&authority_file, &certificate)?;
            durable::write(&scope_file, &serde_json::to_vec(&public)?)?;
            (key, certificate)
        }
    };
    let (chain_file, key_file, kept_file) = (
        folder.join("server.pem"),
        folder.join("server.key"),
        folder.join("server.json"),
    );
    let kept: Option<Kept> = read(&kept_file)?.and_then(|json| serde_json::from_slice(&json).ok());
    let fits = kept.is_some_and(|kept| kept.addresses == sorted && kept.until.0 - now.0 > RENEW_BEFORE.0);
    if let (true, Some(chain), Some(key)) = (fits, read(&chain_file)?, read(&key_file)?) {
        return Ok(Phone {
            chain,
            key,
            authority,
        });
    }
    let key = KeyPair::generate()?;
    let issuer = Issuer::from_params(&parameters, &authority_key);
    let chain = server(addresses, now)?
        .signed_by(&key, &issuer)?
        .pem()
        .into_bytes();
    let key = key.serialize_pem().into_bytes();
    durable::write(&key_file, &key)?;
    durable::write(&chain_file, &chain)?;
    let kept = Kept {
        addresses: sorted,
        until: now.after(CERTIFICATE_LIFETIME),
    };
    durable::write(&kept_file, &serde_json::to_vec(&kept)?)?;
    Ok(Phone {
        chain,
        key,
        authority,
    })
}

/// The networks nobody owns, RFC 1918, 3927 and 6598: address and prefix.
const PRIVATE: [([u8; 4], u8); 6] = [
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
];

fn is_private(ip: IpAddr) -> bool {
    let IpAddr::V4(ip) = ip else { return false };
    PRIVATE
        .iter()
        .any(|(network, prefix)| (ip.to_bits() ^ u32::from_be_bytes(*network)) >> (32 - prefix) == 0)
}

/// The authority may speak for private networks and this machine's own public addresses only: who trusts it trusts
/// it with nothing else.
fn authority(public: &[IpAddr], now: Timestamp) -> Result<CertificateParams, Box<dyn Error>> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters
        .distinguished_name
        .push(DnType::CommonName, "Vertelpunt op deze computer");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let networks = PRIVATE
        .iter()
        .map(|(network, prefix)| CidrSubnet::from_v4_prefix(*network, *prefix));
    let own = public
        .iter()
        .map(|ip| CidrSubnet::from_addr_prefix(*ip, if ip.is_ipv4() { 32 } else { 128 }));
    let mut permitted_subtrees: Vec<_> = networks.chain(own).map(GeneralSubtree::IpAddress).collect();
    permitted_subtrees.push(GeneralSubtree::DnsName("localhost".to_owned()));
    let excluded_subtrees = Vec::new();
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees,
        excluded_subtrees,
    });
    lasts(&mut parameters, now, AUTHORITY_LIFETIME)?;
    Ok(parameters)
}

fn server(addresses: &[IpAddr], now: Timestamp) -> Result<CertificateParams, Box<dyn Error>> {
    let names = addresses
        .iter()
        .map(IpAddr::to_string)
        .chain(["127.0.0.1".to_owned(), "localhost".to_owned()]);
    let mut parameters = CertificateParams::new(names.collect::<Vec<_>>())?;
    parameters
        .distinguished_name
        .push(DnType::CommonName, "Vertelpunt");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    lasts(&mut parameters, now, CERTIFICATE_LIFETIME)?;
    Ok(parameters)
}

/// From a day ago, because a phone's clock may be behind.
fn lasts(parameters: &mut CertificateParams, now: Timestamp, span: Span) -> Result<(), Box<dyn Error>> {
    parameters.not_before = OffsetDateTime::from_unix_timestamp(now.0 / 1_000 - Span::days(1).0 / 1_000)?;
    parameters.not_after = OffsetDateTime::from_unix_timestamp(now.after(span).0 / 1_000)?;
    Ok(())
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn networks_nobody_owns_are_private() {
        let private = |ip: &str| is_private(ip.parse().unwrap());
        assert!(
            [
                "10.1.2.3",
                "172.31.0.1",
                "192.168.9.9",
                "100.100.0.1",
                "127.0.0.1"
            ]
            .into_iter()
            .all(private)
        );
        assert!(
            !["172.32.0.1", "192.0.2.2", "8.8.8.8", "::1"]
                .into_iter()
                .any(private)
        );
    }

    #[test]
    fn the_authority_stays_and_the_certificate_follows_the_addresses() {
        let folder = tempfile::tempdir().unwrap();
        let (home, hall): (IpAddr, IpAddr) = ("192.168.1.7".parse().unwrap(), "10.0.0.7".parse().unwrap());
        let now = Timestamp(1_800_000_000_000);
        let first = prepare(folder.path(), &[home], now).unwrap();
        let again = prepare(folder.path(), &[home], now.after(Span::days(59))).unwrap();
        assert!(
            first.chain == again.chain && first.key == again.key,
            "kept while it fits"
        );
        let moved = prepare(folder.path(), &[hall, home], now).unwrap();
        assert!(moved.chain != first.chain && moved.authority == first.authority);
        let older = prepare(folder.path(), &[hall, home], now.after(Span::days(61))).unwrap();
        assert!(older.chain != moved.chain && older.authority == first.authority);
        let public: IpAddr = "192.0.2.2".parse().unwrap();
        let outside = prepare(folder.path(), &[public], now).unwrap();
        assert!(
            outside.authority != first.authority,
            "the first may not speak for a public address"
        );
        assert!(prepare(folder.path(), &[public, home], now).unwrap().authority == outside.authority);
        let mode = fs::metadata(folder.path().join("authority.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
