package dev.toq.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** The TLS key and its self-signed certificate as PEM text, made and read. */
record TlsFiles(X509Certificate certificate, PrivateKey key) {
  private static final int ORDER_BITS = 256;
  private static final AlgorithmIdentifier ECDSA_SHA256 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

  /** A new P-256 pair in PEM: the certificate and the key. */
  record Fresh(String certificatePem, String keyPem) {}

  static Fresh make(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      byte[] certificate = certificate(pair, random);
      return new Fresh(new Pem("CERTIFICATE", certificate).text(), new Pem("PRIVATE KEY", pkcs8(pair)).text());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime cannot make a TLS certificate", e);
    }
  }

  /** With the public key inside: readers that check the pair before they use it refuse the shorter form of the JDK. */
  private static byte[] pkcs8(KeyPair pair) throws IOException {
    DERBitString point = new DERBitString(
        SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()).getPublicKeyData().getBytes());
    BigInteger secret = ((ECPrivateKey) pair.getPrivate()).getS();
    return new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
            new org.bouncycastle.asn1.sec.ECPrivateKey(ORDER_BITS, secret, point, null))
        .getEncoded("DER");
  }

  private static byte[] certificate(KeyPair pair, SecureRandom random) throws IOException, GeneralSecurityException {
    X500Name name = new X500Name("CN=toq endpoint");
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(
        Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.dNSName, "localhost")));
    Extensions all = extensions.generate();
    V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
    generator.setSerialNumber(new ASN1Integer(new BigInteger(127, random).setBit(126)));
    generator.setSignature(ECDSA_SHA256);
    generator.setIssuer(name);
    generator.setSubject(name);
    // No clock is asked: trust comes from the identity key, and a certificate that ends would only end connections.
    generator.setStartDate(new Time(new ASN1GeneralizedTime("19750101000000Z")));
    generator.setEndDate(new Time(new ASN1GeneralizedTime("40960101000000Z")));
    generator.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
    generator.setExtensions(all);
    TBSCertificate body = generator.generateTBSCertificate();
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate(), random);
    signer.update(body.getEncoded("DER"));
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(body);
    parts.add(ECDSA_SHA256);
    parts.add(new DERBitString(signer.sign()));
    return new DERSequence(parts).getEncoded("DER");
  }

  /** The first certificate of a PEM text. */
  static X509Certificate readCertificate(String pem) throws GeneralSecurityException {
    Pem block = Pem.first(pem, List.of("CERTIFICATE"))
        .orElseThrow(() -> new GeneralSecurityException("it holds no whole CERTIFICATE block"));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der()));
  }

  /** The first private key of a PEM text: PKCS#8, or the older forms of EC (SEC 1) and RSA (PKCS#1). */
  static PrivateKey readKey(String pem) throws GeneralSecurityException {
    Pem block = Pem.first(pem, List.of("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"))
        .orElseThrow(() -> new GeneralSecurityException("it holds no whole PRIVATE KEY block"));
    try {
      PrivateKeyInfo info = switch (block.label()) {
        case "EC PRIVATE KEY" -> {
          var sec1 = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(block.der());
          yield new PrivateKeyInfo(
              new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, sec1.getParametersObject()), sec1);
        }
        case "RSA PRIVATE KEY" -> new PrivateKeyInfo(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
            ASN1Primitive.fromByteArray(block.der()));
        default -> PrivateKeyInfo.getInstance(block.der());
      };
      var algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
      String name = algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)
          ? "EC"
          : algorithm.equals(PKCSObjectIdentifiers.rsaEncryption) ? "RSA" : "EdDSA";
      return KeyFactory.getInstance(name).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded("DER")));
    } catch (IOException | IllegalArgumentException e) {
      throw new GeneralSecurityException("its PRIVATE KEY block is damaged", e);
    }
  }

  /** Whether the key signs what the certificate's key verifies. */
  boolean match() {
    try {
      PublicKey shown = certificate.getPublicKey();
      String algorithm = switch (key.getAlgorithm()) {
        case "EC" -> "SHA256withECDSA";
        case "RSA" -> "SHA256withRSA";
        default -> "EdDSA";
      };
      byte[] proof = Arrays.copyOf(certificate.getSerialNumber().toByteArray(), 32);
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(proof);
      byte[] signed = signature.sign();
      signature.initVerify(shown);
      signature.update(proof);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // keys of different kinds, or a kind that this runtime cannot use
    }
  }
}
