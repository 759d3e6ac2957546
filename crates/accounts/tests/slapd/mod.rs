//! A directory for one test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use accounts::outside::ldap::Directory;

/// Where Debian puts it, which is not in everybody's path.
const PROGRAMS: [&str; 2] = ["/usr/sbin/slapd", "/usr/sbin/slapadd"];

/// Three people and an administrator; one group in entries, one to be searched for; one address that two people share.
const DATA: &str = "\
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=org
objectClass: organizationalUnit
ou: groups

dn: cn=posix,ou=groups,dc=example,dc=org
objectClass: posixGroup
cn: posix
gidNumber: 1
memberUid: park

dn: uid=kim,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: kim
cn: Kim
givenName: 서연
sn: 김
mail: kim@example.org
mail: team@example.org
userPassword: kim-secret
memberOf: cn=dev,ou=groups,dc=example,dc=org

dn: uid=lee,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: lee
cn: Lee
sn: Lee
mail: team@example.org
userPassword: lee-secret
memberOf: cn=dev,ou=groups,dc=example,dc=org
memberOf: cn=Admins,ou=groups,dc=example,dc=org

dn: uid=park,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: park
cn: Park
sn: Park
userPassword: park-secret

dn: uid=admin,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: admin
cn: Admin
sn: Admin
userPassword: ldap-admin
memberOf: cn=admins,ou=groups,dc=example,dc=org
";

/// A running slapd, ended when it is dropped.
pub struct Slapd {
    child: Child,
    folder: tempfile::TempDir,
    pub port: u16,
    tls_port: u16,
}

impl Slapd {
    pub fn start() -> Slapd {
        for program in PROGRAMS {
            assert!(Path::new(program).exists(), "{program} is missing: run `make test-setup`");
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        certificates(folder.path());
        std::fs::create_dir(at("db")).unwrap();
        // It lets in who gives a name and no password, as nobody: the worst that a directory does.
        let config = format!(
            "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
             include /etc/ldap/schema/nis.schema\ninclude /etc/ldap/schema/inetorgperson.schema\n\
             modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\nallow bind_anon_dn\n\
             TLSCACertificateFile {ca}\nTLSCertificateFile {cert}\nTLSCertificateKeyFile {key}\n\
             database mdb\nsuffix \"dc=example,dc=org\"\nrootdn \"cn=root,dc=example,dc=org\"\nrootpw root-secret\n\
             directory {db}\naccess to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * read\n",
            ca = at("ca.pem"),
            cert = at("cert.pem"),
            key = at("key.pem"),
            db = at("db"),
        );
        std::fs::write(at("slapd.conf"), config).unwrap();
        std::fs::write(
            at("data.ldif"),
            DATA.replace("givenName: 서연", "givenName:: 7ISc7Jew").replace("sn: 김", "sn:: 6rmA"),
        )
        .unwrap();
        let added = Command::new(PROGRAMS[1])
            .args(["-f", &at("slapd.conf"), "-l", &at("data.ldif")])
            .output()
            .unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let (port, tls_port) = (free_port(), free_port());
        let urls = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        let child = Command::new(PROGRAMS[0])
            .args(["-f", &at("slapd.conf"), "-h", &urls, "-d", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let slapd = Slapd { child, folder, port, tls_port };
        let deadline = Instant::now() + Duration::from_secs(30);
        while [port, tls_port].iter().any(|port| std::net::TcpStream::connect(("127.0.0.1", *port)).is_err())
        {
            assert!(Instant::now() < deadline, "slapd does not answer");
            std::thread::yield_now();
        }
        slapd
    }

    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A file for it, with these lines more; lines may replace the binding.
    pub fn text(&self, lines: &str, mappings: &str) -> String {
        let bind = if lines.contains("bind_dn") {
            ""
        } else {
            "bind_dn = 'cn=root,dc=example,dc=org'\nbind_password = 'root-secret'"
        };
        format!(
            "[[servers]]\nhost = \"127.0.0.1\"\nport = {}\n{bind}\n{lines}\nsearch_filter = \"(|(uid=%s)(mail=%s))\"\n\
             search_base_dns = [\"ou=people,dc=example,dc=org\"]\n[servers.attributes]\nusername = \"uid\"\n\
             email = \"mail\"\nmember_of = \"memberOf\"\n{mappings}",
            self.port
        )
    }

    pub fn tls_text(&self, lines: &str) -> String {
        let text = self.text(lines, "");
        if lines.contains("start_tls") {
            return text;
        }
        text.replace(&format!("port = {}", self.port), &format!("port = {}", self.tls_port))
    }

    pub fn directory(&self, lines: &str, mappings: &str) -> Directory {
        read(&self.text(lines, mappings))
    }

    pub fn tls_directory(&self, lines: &str) -> Directory {
        read(&self.tls_text(lines))
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub fn read(text: &str) -> Directory {
    Directory::read(text, "ldap.toml", Path::new("/"), &|text| Ok(text.to_owned()))
        .unwrap_or_else(|e| panic!("{e}\n{text}"))
        .0
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An authority, a certificate of it for 127.0.0.1, and another authority.
fn certificates(folder: &Path) {
    let authority = || {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), rcgen::Issuer::new(params, key))
    };
    let (ca, issuer) = authority();
    let (foreign, _) = authority();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    for (name, text) in [
        ("ca.pem", ca),
        ("foreign.pem", foreign),
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}
