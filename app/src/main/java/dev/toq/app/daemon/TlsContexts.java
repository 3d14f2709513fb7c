package dev.toq.app.daemon;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** The TLS 1.3 settings of both roles. TLS hides the conversation; who speaks is proven by the toq handshake. */
public final class TlsContexts {
  /** Clients show no certificate; with null, the runtime would read and keep its hundred and more authorities. */
  private static final TrustManager[] NO_AUTHORITIES = {};

  private TlsContexts() {}

  /** For accepted connections: our self-signed certificate, no client certificates. */
  public static SSLContext server(X509Certificate certificate, PrivateKey key) {
    try {
      char[] noPassword = new char[0];
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("toq", key, noPassword, new Certificate[] {certificate});
      // Not "PKIX": it derives the entry's key anew for each handshake (JDK-8322767).
      KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
      keys.init(store, noPassword);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), NO_AUTHORITIES, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
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
