namespace Pyrsia.Libp2p;

/// <summary>Registers a host at a rendezvous point and asks it for peers.</summary>
/// <param name="host">The host.</param>
/// <param name="point">The rendezvous point; dialed when it is not connected, so it has addresses in the peer store.</param>
public sealed class RendezvousClient(Libp2pHost host, PeerId point)
{
    private static readonly RequestOptions Limits = new() { MaxResponseBytes = RendezvousMessage.MaxResponseLength };

    /// <summary>Says that this host can be found under a name. To be repeated before the time is over, and when the addresses change.</summary>
    /// <param name="name">The name, 1 to 255 bytes of UTF-8.</param>
    /// <param name="ttl">How long this shall hold, in whole seconds; null for what the point is used to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long it holds.</returns>
    /// <exception cref="RendezvousRefusedException">The point refuses.</exception>
    public async Task<TimeSpan> RegisterAsync(string name, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        var record = host.SealRecord(host.ListenAddresses);
        var question = new RendezvousMessage(RendezvousMessageType.Register) { Namespace = name, SignedPeerRecord = record, Ttl = (ulong)(ttl ?? TimeSpan.Zero).TotalSeconds };
        var answer = await AskAsync(question, RendezvousMessageType.RegisterResponse, cancellationToken).ConfigureAwait(false);
        return TimeSpan.FromSeconds((long)Math.Min(answer.Ttl, int.MaxValue));
    }

    /// <summary>Takes a registration back; the point does not answer.</summary>
    public async Task UnregisterAsync(string name, CancellationToken cancellationToken = default)
    {
        var stream = await host.OpenStreamAsync(point, RendezvousMessage.ProtocolId, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteMessageAsync(new RendezvousMessage(RendezvousMessageType.Unregister) { Namespace = name }.Encode(), cancellationToken).ConfigureAwait(false);
            await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
            await stream.ConfirmAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks for peers; addresses that they signed go into the peer store.</summary>
    /// <param name="name">The name that they are found under; empty for all.</param>
    /// <param name="limit">How many at most; 0 for as many as the point gives.</param>
    /// <param name="cookie">Of the page before, for those that came after it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RendezvousRefusedException">The point refuses; a cookie that it no longer knows is <see cref="RendezvousStatus.InvalidCookie"/>.</exception>
    public async Task<RendezvousPage> DiscoverAsync(string name, int limit = 0, ReadOnlyMemory<byte> cookie = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        var question = new RendezvousMessage(RendezvousMessageType.Discover) { Namespace = name, Limit = (ulong)limit, Cookie = cookie };
        var answer = await AskAsync(question, RendezvousMessageType.DiscoverResponse, cancellationToken).ConfigureAwait(false);
        var found = new List<RendezvousRegistration>();
        foreach (var registration in answer.Registrations)
        {
            if (!PeerRecord.TryOpen(registration.SignedPeerRecord.Span, out var record)) continue;
            if (record.PeerId != host.Id) host.PeerStore.AddAddresses(record.PeerId, record.Addresses, PeerStore.HearsayLifetime);
            found.Add(new RendezvousRegistration(registration.Namespace, new PeerAddresses(record.PeerId, record.Addresses), TimeSpan.FromSeconds((long)Math.Min(registration.Ttl, int.MaxValue))));
        }
        return new RendezvousPage(found, answer.Cookie);
    }

    private async Task<RendezvousMessage> AskAsync(RendezvousMessage question, RendezvousMessageType wanted, CancellationToken cancellationToken)
    {
        var bytes = await host.RequestAsync(point, RendezvousMessage.ProtocolId, question.Encode(), Limits, cancellationToken).ConfigureAwait(false);
        if (!RendezvousMessage.TryDecode(bytes, out var answer) || answer.Type != wanted) throw new PeerProtocolException($"{point} gave no answer of a rendezvous point.");
        return answer.Status == RendezvousStatus.Ok ? answer : throw new RendezvousRefusedException($"{point} refused: {answer.Status} {answer.StatusText}".TrimEnd(), answer.Status);
    }
}
