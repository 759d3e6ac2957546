"""A mail server that prints every mail it takes as a line of JSON.

Arguments: the port, a certificate, its key, and how connections are encrypted: starttls or implicit.
It wants a login: kim with the password "p&w".
"""

import base64
import json
import socket
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

port, cert, key, encryption = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"kim", b"p&w")
    session.mechanism = mechanism
    return AuthResult(success=good)


class Printer:
    async def handle_DATA(self, server, session, envelope):
        print(
            json.dumps({
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "encrypted": session.ssl is not None or encryption == "implicit",
                "login": getattr(session, "mechanism", None),
                "hello": session.host_name,
                "text": base64.b64encode(envelope.original_content).decode(),
            }),
            flush=True,
        )
        return "250 taken"


# As most servers ask, and as clients expect to be asked.
SMTP.AuthLoginUsernameChallenge = "Username:"
SMTP.AuthLoginPasswordChallenge = "Password:"


class Server(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            hostname="localhost",
            authenticator=login,
            auth_required=True,
            auth_require_tls=encryption == "starttls",
            require_starttls=encryption == "starttls",
            tls_context=context if encryption == "starttls" else None,
            enable_SMTPUTF8=True,
        )


server = Server(Printer(), hostname="127.0.0.1", port=int(port), ssl_context=context if encryption == "implicit" else None)
# Whether it listens is found out by connecting; speaking would need trust in the certificate.
server._trigger_server = lambda: socket.create_connection(("127.0.0.1", int(port))).close()
server.start()
print("ready", flush=True)
while True:
    time.sleep(3600)
