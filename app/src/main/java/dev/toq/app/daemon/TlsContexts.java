package dev.toq.app.daemon;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The TLS 1.3 settings of both roles. TLS hides the conversation; who speaks is proven by the toq handshake. */
public final class TlsContexts {
  /** Clients show no certificate; with null, the runtime would read and keep its hundred and more authorities. */
  private static final TrustManager[] NO_AUTHORITIES = {};

  private TlsContexts() {}

  /** For accepted connections: our self-signed certificate, no client certificates. */
  public static SSLContext server(X509Certificate certificate, PrivateKey key) {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(new KeyManager[] {new OneKey(certificate, key)}, NO_AUTHORITIES, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot serve TLS 1.3", e);
    }
  }

  /** For connections that we open: any certificate is taken (specification 15.2). */
  public static SSLContext client() {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null); // R-15.2-01
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot speak TLS 1.3", e);
    }
  }

  /** The server's one key. A key store in its place encrypts the key at each start, for nobody, and takes its time. */
  private static final class OneKey extends X509ExtendedKeyManager {
    private static final String NAME = "toq";
    private final X509Certificate certificate;
    private final PrivateKey key;

    OneKey(X509Certificate certificate, PrivateKey key) {
      this.certificate = certificate;
      this.key = key;
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
      return type.equals(key.getAlgorithm()) ? new String[] {NAME} : new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return type.equals(key.getAlgorithm()) ? NAME : null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String name) {
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String name) {
      return key;
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }

  /** Certificates of toq endpoints are self-signed and say nothing; the identity key is checked inside the channel. */
  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
