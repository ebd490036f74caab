using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.Libp2p;

/// <summary>The registrations of a rendezvous point, in the order of their coming; the caller has clock and streams. A cookie says which was the last that was shown:
/// a registration that is renewed comes again at the end.</summary>
/// <remarks><code>
/// 0                8                16
/// | of this table  | last shown     | namespace ...    (a cookie)
/// </code></remarks>
internal sealed class RendezvousTable(RendezvousOptions options)
{
    private const int CookieLength = 16;

    /// <summary>Bytes that an answer has beside its registrations, with its cookie; and each of these beside its record and its namespace.</summary>
    private const int Overhead = 512;

    private const int OverheadEach = 32;

    /// <summary>Distance of two searches for what is over; what is over is never shown meanwhile.</summary>
    private static readonly TimeSpan SweepGap = TimeSpan.FromMinutes(1);

    private readonly LinkedList<Registration> all = [];
    private readonly Dictionary<(PeerId Peer, string Namespace), LinkedListNode<Registration>> byName = [];
    private readonly Dictionary<PeerId, int> counts = [];
    private readonly ulong table = BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private ulong last;
    private DateTimeOffset swept;

    public int Count => all.Count;

    /// <summary>Answers a question of a peer; null when there is none to give.</summary>
    public RendezvousMessage? Answer(PeerId peer, RendezvousMessage question, DateTimeOffset now)
    {
        Sweep(now);
        switch (question.Type)
        {
            case RendezvousMessageType.Register:
                var (status, ttl) = Register(peer, question, now);
                return new RendezvousMessage(RendezvousMessageType.RegisterResponse) { Status = status, Ttl = (ulong)ttl.TotalSeconds };
            case RendezvousMessageType.Unregister:
                if (byName.TryGetValue((peer, question.Namespace), out var node)) Remove(node);
                return null;
            case RendezvousMessageType.Discover:
                return Discover(question, now);
            default:
                return null;
        }
    }

    private (RendezvousStatus Status, TimeSpan Ttl) Register(PeerId peer, RendezvousMessage question, DateTimeOffset now)
    {
        if (Encoding.UTF8.GetByteCount(question.Namespace) is 0 or > RendezvousOptions.MaxNamespaceLength) return (RendezvousStatus.InvalidNamespace, default);
        if (question.Ttl != 0 && (question.Ttl < options.MinTtl.TotalSeconds || question.Ttl > options.MaxTtl.TotalSeconds)) return (RendezvousStatus.InvalidTtl, default);
        var signed = question.SignedPeerRecord;
        if (signed.Length > RendezvousOptions.MaxRecordLength || !PeerRecord.TryOpen(signed.Span, out var record) || record.PeerId != peer) return (RendezvousStatus.InvalidSignedPeerRecord, default);
        if (byName.TryGetValue((peer, question.Namespace), out var old)) Remove(old);
        if (counts.GetValueOrDefault(peer) >= options.MaxPerPeer) return (RendezvousStatus.NotAuthorized, default);
        if (all.Count >= options.MaxRegistrations) return (RendezvousStatus.Unavailable, default);
        var ttl = question.Ttl == 0 ? options.DefaultTtl : TimeSpan.FromSeconds(question.Ttl);
        byName[(peer, question.Namespace)] = all.AddLast(new Registration(peer, question.Namespace, signed, now + ttl, ++last));
        counts[peer] = counts.GetValueOrDefault(peer) + 1;
        return (RendezvousStatus.Ok, ttl);
    }

    private RendezvousMessage Discover(RendezvousMessage question, DateTimeOffset now)
    {
        var answer = new RendezvousMessage(RendezvousMessageType.DiscoverResponse);
        if (Encoding.UTF8.GetByteCount(question.Namespace) > RendezvousOptions.MaxNamespaceLength) return answer with { Status = RendezvousStatus.InvalidNamespace };
        if (!TryReadCookie(question, out var shown)) return answer with { Status = RendezvousStatus.InvalidCookie };
        var limit = question.Limit == 0 ? RendezvousMessage.MaxRegistrations : Math.Min(question.Limit, RendezvousMessage.MaxRegistrations);
        var found = new List<RendezvousMessage>();
        var length = Overhead;
        foreach (var registration in all)
        {
            if (registration.Number <= shown || registration.Until <= now || (question.Namespace.Length > 0 && registration.Namespace != question.Namespace)) continue;
            length += OverheadEach + registration.Record.Length + Encoding.UTF8.GetByteCount(registration.Namespace);
            if ((ulong)found.Count == limit || length > RendezvousMessage.MaxResponseLength) break;
            found.Add(new RendezvousMessage(RendezvousMessageType.Register) { Namespace = registration.Namespace, SignedPeerRecord = registration.Record, Ttl = (ulong)Math.Ceiling((registration.Until - now).TotalSeconds) });
            shown = registration.Number;
        }
        return answer with { Registrations = found, Cookie = Cookie(shown, question.Namespace) };
    }

    private byte[] Cookie(ulong shown, string name)
    {
        var cookie = new byte[CookieLength + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteUInt64BigEndian(cookie, table);
        BinaryPrimitives.WriteUInt64BigEndian(cookie.AsSpan(sizeof(ulong)), shown);
        Encoding.UTF8.GetBytes(name, cookie.AsSpan(CookieLength));
        return cookie;
    }

    private bool TryReadCookie(RendezvousMessage question, out ulong shown)
    {
        var cookie = question.Cookie.Span;
        shown = cookie.Length < CookieLength ? 0 : BinaryPrimitives.ReadUInt64BigEndian(cookie[sizeof(ulong)..]);
        return cookie.IsEmpty || cookie.SequenceEqual(Cookie(shown, question.Namespace));
    }

    private void Remove(LinkedListNode<Registration> node)
    {
        var (peer, name, _, _, _) = node.Value;
        all.Remove(node);
        byName.Remove((peer, name));
        if (--counts[peer] == 0) counts.Remove(peer);
    }

    private void Sweep(DateTimeOffset now)
    {
        if (now - swept < SweepGap) return;
        swept = now;
        for (var node = all.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Until <= now) Remove(node);
            node = next;
        }
    }

    private sealed record Registration(PeerId Peer, string Namespace, ReadOnlyMemory<byte> Record, DateTimeOffset Until, ulong Number);
}
