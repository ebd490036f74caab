using Pyrsia.Libp2p;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>
/// Checkpoints told by gossip, so that followers need not ask the authorities for news all the time: an authority tells of each that it publishes, and a follower passes on
/// those that it has followed to, so whoever tells of one has its leaves. What is told is believed as little as what is asked for: a quorum must have cosigned it.
/// </summary>
public sealed class CheckpointGossip(GossipSub gossip, Libp2pHost host, LogView view) : IHostedService
{
    private readonly Lock _gate = new();
    private (long Size, long Time) _newest;
    private GossipTopic? _topic;

    /// <summary>Follows to a checkpoint that is news and that a quorum cosigned; null for who keeps the log by other means.</summary>
    public Func<CheckpointOffer, CancellationToken, Task>? Follow { get; set; }

    /// <summary>Raised when an authority tells of a checkpoint that cannot be checked here: other authorities may sit by now.</summary>
    public event Action? NotUnderstood;

    /// <summary>Whether news comes by itself: some peer passes on what it follows to.</summary>
    public bool Reaches => _topic is { } topic && gossip.Mesh(topic.Name).Count > 0;

    /// <summary>The topic of a network.</summary>
    public static string TopicOf(GenesisDocument genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return $"/pyrsia/checkpoint/1.0.0/{genesis.ChainId.Value.Hex}";
    }

    /// <summary>Joins the topic of the network; what an authority publishes in its log is told from now on.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _topic = gossip.Join(TopicOf(view.Network.Genesis), JudgeAsync);
        view.Store.Published += Tell;
        return Task.CompletedTask;
    }

    /// <summary>Leaves the topic.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        view.Store.Published -= Tell;
        _topic?.Dispose();
        return Task.CompletedTask;
    }

    internal async ValueTask<GossipVerdict> JudgeAsync(GossipMessage message, CancellationToken cancellationToken)
    {
        // The message is signed by who published it, which is cheaper to look at than the signatures of a quorum.
        if (!IsAuthority(message.From)) return GossipVerdict.Ignore;
        if (message.Data.Length > LogMirror.MaxCheckpointBytes || !SignedCheckpoint.TryParse(message.Data.Span, out var checkpoint, out _)) return GossipVerdict.Reject;
        var size = checkpoint.Checkpoint.Size;
        if (size < view.Store.Size) return GossipVerdict.Ignore;
        if (view.Sets.Check(view.Network, checkpoint, out var times) is not null)
        {
            NotUnderstood?.Invoke();
            return GossipVerdict.Ignore;
        }
        lock (_gate)
        {
            if ((size, times!.Time).CompareTo(_newest) <= 0) return GossipVerdict.Ignore;
            _newest = (size, times.Time);
        }
        if (Follow is { } follow) await follow(new CheckpointOffer(message.ReceivedFrom ?? message.From, checkpoint, message.Data, times.Time), cancellationToken);
        return view.Store.Size >= size ? GossipVerdict.Accept : GossipVerdict.Ignore;
    }

    private void Tell(SignedCheckpoint checkpoint)
    {
        if (IsAuthority(host.Id)) _topic!.Publish(checkpoint.Note.ToBytes());
    }

    private bool IsAuthority(PeerId peer)
    {
        var name = peer.ToString();
        return view.Sets.Chain.Newest.Members.Any(authority => authority.PeerId == name);
    }
}
