using System.Diagnostics;

namespace Pyrsia.Libp2p;

/// <summary>
/// Traces of dials and handshakes, for whoever listens to <see cref="SourceName"/>; nothing is recorded while nobody does. Three spans: <c>libp2p dial</c> for a peer or an
/// address, shared by all who want it at once and part of the first one's trace; in it <c>libp2p dial address</c> for each address that is tried; and <c>libp2p handshake</c> for
/// what follows on a connection until streams can be opened, also of those that others dialed (but for QUIC, where the platform does that by itself).
/// Attributes are <c>libp2p.peer.id</c>, <c>libp2p.address</c> and <c>libp2p.security</c> (a protocol id). One that failed has <c>error.type</c> and a status that says why;
/// one with <c>libp2p.given_up</c> ended because another address was faster, or nobody waited any longer.
/// </summary>
public static class HostTraces
{
    /// <summary>Name of the source of these spans.</summary>
    public const string SourceName = "Pyrsia.Libp2p";

    private const string PeerTag = "libp2p.peer.id";
    private const string AddressTag = "libp2p.address";
    private const string SecurityTag = "libp2p.security";
    private const string GivenUpTag = "libp2p.given_up";
    private const string ErrorTag = "error.type";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Task<PeerConnection> DialAsync(PeerId? expected, Func<Task<PeerConnection>> dial) => RecordAsync(
        "libp2p dial", ActivityKind.Client, PeerTag, expected, dial, (span, connection) => Answered(span, connection.Peer, connection.Security).SetTag(AddressTag, connection.Address.ToString()));

    internal static Task<PeerConnection> DialAddressAsync(Multiaddr address, Func<Task<PeerConnection>> dial) => RecordAsync(
        "libp2p dial address", ActivityKind.Client, AddressTag, address, dial, (span, connection) => Answered(span, connection.Peer, connection.Security));

    /// <summary>A handshake.</summary>
    /// <param name="kind">Client for the side that runs it as the dialer.</param>
    /// <param name="remote">The other end's address.</param>
    /// <param name="handshake">Runs it.</param>
    internal static Task<UpgradedConnection> HandshakeAsync(ActivityKind kind, Multiaddr remote, Func<Task<UpgradedConnection>> handshake) => RecordAsync(
        "libp2p handshake", kind, AddressTag, remote, handshake, (span, upgraded) => Answered(span, upgraded.Peer, upgraded.Security));

    private static Activity Answered(Activity span, PeerId peer, string security) => span.SetTag(PeerTag, peer.ToString()).SetTag(SecurityTag, security);

    private static async Task<T> RecordAsync<T>(string name, ActivityKind kind, string tag, object? known, Func<Task<T>> work, Action<Activity, T> tell)
    {
        using var span = Source.StartActivity(name, kind);
        span?.SetTag(tag, known?.ToString());
        try
        {
            var result = await work().ConfigureAwait(false);
            if (span is not null) tell(span, result);
            return result;
        }
        catch (Exception e) when (Passes(span, e))
        {
            throw;
        }
    }

    /// <summary>Writes down why it failed, in a filter that lets it pass: nothing is thrown twice.</summary>
    private static bool Passes(Activity? span, Exception reason)
    {
        if (reason is OperationCanceledException) span?.SetTag(GivenUpTag, true);
        else span?.SetTag(ErrorTag, reason.GetType().FullName).SetStatus(ActivityStatusCode.Error, reason.Message);
        return false;
    }
}
