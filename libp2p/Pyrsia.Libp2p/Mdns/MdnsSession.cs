using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>When to ask, when to answer, and whom an answer tells of; the driver has socket and clock. It asks at once, then with gaps that double, and answers at most once a second, its own
/// question too, which is how others hear of it unasked.</summary>
internal sealed class MdnsSession
{
    /// <summary>Gap between the first two questions; RFC 6762 wants at least a second.</summary>
    public static readonly TimeSpan FirstGap = TimeSpan.FromSeconds(1);

    /// <summary>Gap that the doubling ends at: how late a peer hears of one whose answers were lost.</summary>
    public static readonly TimeSpan LastGap = TimeSpan.FromMinutes(1);

    /// <summary>Least time between two answers, whoever asks how often.</summary>
    public static readonly TimeSpan AnswerGap = TimeSpan.FromSeconds(1);

    /// <summary>Addresses that are taken of one answer.</summary>
    public const int MaxAddresses = 12;

    private readonly PeerId self;
    private readonly string service;
    private readonly string name;
    private readonly bool allowLoopback;
    private TimeSpan gap = FirstGap;
    private DateTimeOffset askAt;
    private DateTimeOffset mayAnswerAt;
    private bool asked;

    /// <summary>Begins.</summary>
    /// <param name="self">This peer.</param>
    /// <param name="service">Name that the peers gather under.</param>
    /// <param name="name">Name of this peer among them.</param>
    /// <param name="allowLoopback">Loopback addresses are told and believed.</param>
    /// <param name="now">The time.</param>
    public MdnsSession(PeerId self, string service, string name, bool allowLoopback, DateTimeOffset now)
    {
        this.self = self;
        this.service = service;
        this.name = name;
        this.allowLoopback = allowLoopback;
        askAt = mayAnswerAt = now;
    }

    /// <summary>When <see cref="Next"/> has something to send.</summary>
    public DateTimeOffset Due => asked && mayAnswerAt < askAt ? mayAnswerAt : askAt;

    /// <summary>The datagram that is to be sent now, or null.</summary>
    public byte[]? Next(DateTimeOffset now, IEnumerable<Multiaddr> addresses)
    {
        if (asked && now >= mayAnswerAt)
        {
            asked = false;
            mayAnswerAt = now + AnswerGap;
            Multiaddr[] told = [.. addresses.Where(IsLocal).Select(a => a.WithPeerId(self))];
            if (told.Length > 0) return MdnsMessage.Answer(service, name, told);
        }
        if (now < askAt) return null;
        askAt = now + gap;
        gap = TimeSpan.FromTicks(Math.Min(2 * gap.Ticks, LastGap.Ticks));
        return MdnsMessage.Question(service);
    }

    /// <summary>Takes a datagram; what it tells of another peer, or null.</summary>
    public PeerAddresses? Receive(ReadOnlySpan<byte> datagram)
    {
        if (!MdnsMessage.TryDecode(datagram, out var message)) return null;
        if (!message.IsAnswer)
        {
            asked |= message.Asked.Any(IsService);
            return null;
        }
        var names = message.Pointers.Where(p => IsService(p.Owner)).Select(p => p.Target).ToHashSet(StringComparer.OrdinalIgnoreCase);
        PeerId? peer = null;
        var addresses = new List<Multiaddr>();
        foreach (var (_, text) in message.Texts.Where(t => names.Contains(t.Owner) && t.Text.StartsWith(MdnsMessage.Attribute, StringComparison.Ordinal)))
        {
            // One peer answers for itself; who mixes several in one answer is heard for the first.
            if (addresses.Count == MaxAddresses || !Multiaddr.TryParse(text[MdnsMessage.Attribute.Length..], out var address) || !IsLocal(address)) continue;
            peer ??= address.PeerId;
            if (peer is not null && address.PeerId == peer) addresses.Add(address.WithoutPeerId());
        }
        return peer is { } found && found != self ? new PeerAddresses(found, addresses) : null;
    }

    private bool IsService(string other) => other.Equals(service, StringComparison.OrdinalIgnoreCase);

    /// <summary>An address that means the same to all on the network: no name, since nobody looks up what strangers say, no relay, and nothing that is another one on every machine.</summary>
    private bool IsLocal(Multiaddr address)
    {
        if (address.IsRelayed || address.Components[0].Protocol.Value != MultiaddrValue.Ip) return false;
        var ip = new IPAddress(address.Components[0].Value.Span);
        return !ip.IsIPv6LinkLocal && (allowLoopback || !IPAddress.IsLoopback(ip));
    }
}
