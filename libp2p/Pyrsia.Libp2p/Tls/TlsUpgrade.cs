using System.Net.Security;
using System.Security.Authentication;

namespace Pyrsia.Libp2p;

/// <summary>Runs the TLS 1.3 handshake over a raw connection. The dialer's first message travels in the packet that proposes <c>/tls/1.0.0</c>.
/// The muxer is agreed by ALPN. Deviations: none; of the extensions only libp2p's own is understood, every other one that is critical is refused.
/// https://github.com/libp2p/specs/blob/master/tls/tls.md</summary>
internal static class TlsUpgrade
{
    /// <summary>Protocol id.</summary>
    public const string ProtocolId = "/tls/1.0.0";

    /// <summary>Runs the dialer's half.</summary>
    public static Task<TlsChannel> DialAsync(IByteChannel channel, TlsIdentity local, PeerId? expected, CancellationToken cancellationToken)
    {
        var input = new InputBuffer(channel);
        var check = local.Check(countsOwn: true, expected);
        return RunAsync(channel, input, ProtocolId, check, ssl => ssl.AuthenticateAsClientAsync(local.DialOptions(check), cancellationToken));
    }

    /// <summary>Runs the listener's half, after <c>/tls/1.0.0</c> was agreed on.</summary>
    public static Task<TlsChannel> ListenAsync(IByteChannel channel, InputBuffer input, TlsIdentity local, CancellationToken cancellationToken)
    {
        var check = local.Check(countsOwn: false, null);
        return RunAsync(channel, input, null, check, ssl => ssl.AuthenticateAsServerAsync(local.ListenOptions(check), cancellationToken));
    }

    private static async Task<TlsChannel> RunAsync(IByteChannel channel, InputBuffer input, string? proposal, TlsPeerCheck check, Func<SslStream, Task> handshake)
    {
        var transport = new ChannelStream(channel, input, proposal);
        var ssl = new SslStream(transport, leaveInnerStreamOpen: true);
        try
        {
            await handshake(ssl).ConfigureAwait(false);
            if (check.Failure is not null || check.Key is null) throw check.Failure ?? new HandshakeException("The peer proved no key.");
            return new TlsChannel(channel, input, transport, ssl) { RemoteKey = check.Key, Muxer = MuxerOf(ssl) };
        }
        catch (Exception e)
        {
            await ssl.DisposeAsync().ConfigureAwait(false);
            if (check.Failure is not null) throw check.Failure;
            if (e is AuthenticationException or IOException and not Libp2pException) throw new HandshakeException("The TLS handshake failed.", e);
            throw;
        }
    }

    private static string? MuxerOf(SslStream ssl)
    {
        var agreed = ssl.NegotiatedApplicationProtocol;
        return agreed.Protocol.IsEmpty || agreed.ToString() == TlsIdentity.NoMuxer ? null : agreed.ToString();
    }
}
