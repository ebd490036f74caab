namespace Pyrsia.Libp2p;

/// <summary>Serves the questions of other peers; <see cref="KadState"/> answers them. What is not answered is a reset.</summary>
internal sealed class KadServer(Libp2pHost host, KadDht dht)
{
    /// <summary>Time that a stream may be silent between two questions.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);

    public async Task ServeAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var deadline = new Deadline(IdleTimeout, host.Time, cancellationToken);
            if (await stream.ReadMessageAsync(KadMessage.MaxLength, deadline.Token).ConfigureAwait(false) is not { } bytes) return;
            if (!KadMessage.TryDecode(bytes, out var question)) throw new PeerProtocolException("The peer sent a malformed DHT message.");
            if (question.Type == KadMessageType.AddProvider) dht.Accept(stream.RemotePeer, question);
            else await stream.WriteMessageAsync(dht.Answer(stream.RemotePeer, question).Encode(), deadline.Token).ConfigureAwait(false);
        }
    }
}
