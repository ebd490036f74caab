using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Pyrsia.Libp2p;

/// <summary>Judges the certificate of one handshake in place of the platform, which would ask who issued it. Keeps the host key, or why there is none.</summary>
/// <param name="countsOwn">The platform counts the peer's own certificate among those it sent: over TCP a listener's and not a dialer's, over QUIC both.</param>
/// <param name="expected">The peer that was dialed; null for any.</param>
/// <param name="time">For the validity.</param>
internal sealed class TlsPeerCheck(bool countsOwn, PeerId? expected, TimeProvider time)
{
    /// <summary>The key that the peer proved; null before it did.</summary>
    public Libp2pPublicKey? Key { get; private set; }

    /// <summary>Why the peer was refused.</summary>
    public Libp2pException? Failure { get; private set; }

    /// <summary>The platform's question, see <see cref="RemoteCertificateValidationCallback"/>.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Failure = Judge(certificate, chain);
        return Failure is null;
    }

    private Libp2pException? Judge(X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is null) return new HandshakeException("The peer sent no certificate.");
        // The certificates beside the peer's own, which the platform counts among those it sent or does not.
        if (chain?.ChainPolicy.ExtraStore.Count > (countsOwn ? 1 : 0)) return new HandshakeException("The peer sent more than one certificate.");
        var fault = TlsCertificate.Verify(certificate.GetRawCertData(), time.GetUtcNow(), out var key);
        if (key is null) return new HandshakeException($"The peer's certificate is refused: {Describe(fault)}.");
        var actual = PeerId.FromPublicKey(key);
        if (expected is { } dialed && dialed != actual) return new PeerIdMismatchException(dialed, actual);
        Key = key;
        return null;
    }

    private static string Describe(TlsCertificateFault fault) => fault switch
    {
        TlsCertificateFault.NotYetValid => "it is not valid yet",
        TlsCertificateFault.Expired => "it has expired",
        TlsCertificateFault.CriticalExtension => "it has a critical extension that is not understood",
        TlsCertificateFault.NoHostKey => "it names no host key",
        TlsCertificateFault.SelfSignature => "its key did not sign it",
        TlsCertificateFault.HostSignature => "the host key did not sign its key",
        _ => "it is malformed",
    };
}
