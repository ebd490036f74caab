using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pyrsia.Libp2p;

/// <summary>The certificate of this process, made when it is first wanted: a P-256 key of its own, which the identity signs.</summary>
internal sealed class TlsIdentity : ISecurityProtocol
{
    /// <summary>What ALPN agrees on when the muxer is to be negotiated afterwards; always the last of the list.</summary>
    public const string NoMuxer = "libp2p";

    /// <summary>How far the validity begins in the past, for peers whose clock is behind.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    /// <summary>The key lives as long as the process; no date is to end its connections.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromDays(100 * 365);

    private readonly Lazy<SslStreamCertificateContext> certificate;
    private readonly List<SslApplicationProtocol> protocols;
    private readonly TimeProvider time;

    public TlsIdentity(KeyPair identity, IReadOnlyList<string> muxers, TimeProvider time)
        : this(() => MakeCertificate(identity.PublicKey, statement => identity.Sign(statement), time.GetUtcNow()), muxers, time)
    {
    }

    /// <summary>An identity whose certificate is made elsewhere.</summary>
    internal TlsIdentity(Func<X509Certificate2> make, IReadOnlyList<string> muxers, TimeProvider time, X509Certificate2Collection? further = null)
    {
        certificate = new(() => SslStreamCertificateContext.Create(make(), further, offline: true));
        protocols = [.. muxers.Append(NoMuxer).Select(name => new SslApplicationProtocol(name))];
        this.time = time;
    }

    public string ProtocolId => TlsUpgrade.ProtocolId;

    /// <summary>A certificate for a host key of any kind; <paramref name="sign"/> signs with its private half.</summary>
    public static X509Certificate2 MakeCertificate(Libp2pPublicKey hostKey, Func<byte[], byte[]> sign, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = new SignedKey(hostKey, sign(SignedKey.Statement(key.ExportSubjectPublicKeyInfo())));
        var request = new CertificateRequest(new X500DistinguishedName("O=libp2p.io"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(SignedKey.Oid, signed.Encode(), critical: false));
        return request.CreateSelfSigned(now - ClockTolerance, now + Validity);
    }

    public async Task<ISecureChannel> DialAsync(IByteChannel channel, PeerId? expected, CancellationToken cancellationToken) =>
        await TlsUpgrade.DialAsync(channel, this, expected, cancellationToken).ConfigureAwait(false);

    public async Task<ISecureChannel> ListenAsync(IByteChannel channel, InputBuffer input, CancellationToken cancellationToken) =>
        await TlsUpgrade.ListenAsync(channel, input, this, cancellationToken).ConfigureAwait(false);

    /// <summary>The check of one handshake's certificate, with the arguments of <see cref="TlsPeerCheck"/>.</summary>
    public TlsPeerCheck Check(bool countsOwn, PeerId? expected) => new(countsOwn, expected, time);

    /// <summary>The dialer's settings. No server name is sent, and no session is resumed, as that would skip the certificate.</summary>
    public SslClientAuthenticationOptions DialOptions(TlsPeerCheck check) => new()
    {
        TargetHost = "",
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        ClientCertificateContext = certificate.Value,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateChainPolicy = NoChain(),
        RemoteCertificateValidationCallback = check.Accepts,
    };

    /// <summary>The listener's settings; the dialer must send a certificate too.</summary>
    public SslServerAuthenticationOptions ListenOptions(TlsPeerCheck check) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        ServerCertificateContext = certificate.Value,
        ClientCertificateRequired = true,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateChainPolicy = NoChain(),
        RemoteCertificateValidationCallback = check.Accepts,
    };

    public void Dispose()
    {
        if (certificate.IsValueCreated) certificate.Value.TargetCertificate.Dispose();
    }

    /// <summary>The platform looks for issuers before it asks: nowhere, and above all not at addresses that a certificate names.</summary>
    private static X509ChainPolicy NoChain() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.AllFlags,
    };
}
