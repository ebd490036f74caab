namespace Pyrsia.Libp2p;

/// <summary>Makes a host a rendezvous point: a place where peers say under which names they can be found, and ask who else is there. It keeps everything in memory.
/// https://github.com/libp2p/specs/blob/master/rendezvous/README.md</summary>
public sealed class RendezvousPoint : IDisposable
{
    /// <summary>Time for one question and its answer.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Streams of one peer at once; a client has one.</summary>
    private const int MaxStreamsPerPeer = 4;

    private readonly Libp2pHost host;
    private readonly RendezvousTable table;
    private readonly Lock gate = new();

    /// <summary>Begins to serve.</summary>
    public RendezvousPoint(Libp2pHost host, RendezvousOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        this.host = host;
        options ??= new RendezvousOptions();
        options.Validate();
        table = new RendezvousTable(options);
        host.Handle(RendezvousMessage.ProtocolId, ServeAsync, new ProtocolLimits { MaxStreamsPerPeer = MaxStreamsPerPeer });
    }

    /// <summary>Registrations at this moment, and those that were over in the last minute.</summary>
    public int Count
    {
        get
        {
            lock (gate) return table.Count;
        }
    }

    /// <summary>Stops to serve.</summary>
    public void Dispose() => host.Unhandle(RendezvousMessage.ProtocolId);

    private async Task ServeAsync(Libp2pStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var deadline = new Deadline(StepTimeout, host.Time, cancellationToken);
            if (await stream.ReadMessageAsync(RendezvousMessage.MaxRequestLength, deadline.Token).ConfigureAwait(false) is not { } bytes) return;
            if (!RendezvousMessage.TryDecode(bytes, out var question)) throw new PeerProtocolException("The peer sent a malformed rendezvous message.");
            RendezvousMessage? answer;
            lock (gate) answer = table.Answer(stream.RemotePeer, question, host.Time.GetUtcNow());
            if (answer is not null) await stream.WriteMessageAsync(answer.Encode(), deadline.Token).ConfigureAwait(false);
        }
    }
}
