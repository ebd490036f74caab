using Pyrsia.Authority.Keys;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Provenance.Verification;

namespace Pyrsia.Authority.Cluster;

/// <summary>
/// Cosigns what is final and stored here, exchanges signatures with the other authorities, and publishes each checkpoint as
/// soon as a quorum of its epoch has cosigned it. Signs only the stored log's own size and root: the stored log never shrinks, so neither do they.
/// The tree that ended an epoch is signed by the ending set first, and nothing is published of the next one until that has proven it.
/// </summary>
internal sealed class CheckpointPublisher
{
    /// <summary>How often the own signatures are sent again while their checkpoint is not published.</summary>
    private static readonly TimeSpan ResendInterval = TimeSpan.FromSeconds(1);

    private readonly string _origin;
    private readonly LogStore _store;
    private readonly LogSets _sets;
    private readonly NoteSigner _cosigner;
    private readonly NoteSigner _log;
    private readonly IConsensusPort _port;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _answered = [];
    private EpochPlace _place;
    private Cosignatures _cosignatures;
    private Checkpoint? _own;
    private byte[]? _ownMessage;
    private readonly Queue<(EndingEpoch Epoch, byte[] Message)> _ending = [];
    private long _published;

    /// <param name="genesis">The network.</param>
    /// <param name="place">The place in the first epoch; its set names the keys' names.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="store">The stored log.</param>
    /// <param name="sets">Where the sets that are proven are kept.</param>
    /// <param name="port">The way to the others.</param>
    /// <param name="time">The clock.</param>
    internal CheckpointPublisher(GenesisDocument genesis, EpochPlace place, AuthorityKeys keys, LogStore store, LogSets sets, IConsensusPort port, TimeProvider time)
    {
        (_origin, _place, _store, _sets, _port, _time) = (genesis.Origin, place, store, sets, port, time);
        _cosigner = new NoteSigner(place.Set.Members[place.Self].Cosigner.Name, NoteSignatureType.Cosignature, keys.Cosigner);
        _log = new NoteSigner(_origin, NoteSignatureType.Ed25519, keys.Log);
        _cosignatures = new Cosignatures(place.Set);
        Begin(place);
    }

    /// <summary>An epoch begins: its set cosigns from now on.</summary>
    internal void Begin(EpochPlace place)
    {
        lock (_gate)
        {
            (_place, _cosignatures, _own, _ownMessage) = (place, new Cosignatures(place.Set), null, null);
            _answered.Clear();
            _published = _store.Checkpoint is { } last && PublishedCheckpoint.Check(place.Set, last, out var times) is null ? times!.Time : 0;
        }
    }

    /// <summary>The epoch has ended with this set change, which is stored: its quorum proves the next set.</summary>
    internal void EndEpoch(SetChangeEntry change, long size, TreeHash root)
    {
        lock (_gate)
        {
            if (change.Set.Epoch <= _sets.Chain.Newest.Epoch) return;
            var checkpoint = new Checkpoint(_origin, size, root);
            var ending = new EndingEpoch(_place.Set, checkpoint, change);
            ending.Add(_cosignatures.LinesOf(checkpoint));
            // Said even by who has no say in the ending set: it is how it asks the others for what they have collected.
            var lines = Sign(checkpoint);
            ending.Add(lines);
            _ending.Enqueue((ending, CosignMessage.Encode(checkpoint, lines[0], lines[1])));
            _port.Broadcast(_ending.Last().Message);
            TryProveNextSets();
        }
    }

    /// <summary>Vouches for the stored log as it is now, the empty one too, with the time of now: at the start of an epoch, and whenever a block is final and its leaves are stored.</summary>
    internal void Cosign()
    {
        lock (_gate)
        {
            _own = new Checkpoint(_origin, _store.Size, _store.Root);
            if (_place.Cosigns)
            {
                var lines = Sign(_own);
                _cosignatures.Add(_place.Self, _own, lines);
                _ownMessage = CosignMessage.Encode(_own, lines[0], lines[1]);
                _port.Broadcast(_ownMessage);
            }
            TryPublish();
        }
    }

    /// <summary>Another authority's signatures have come, or those that it has collected.</summary>
    internal void Receive(int from, ReadOnlySpan<byte> message)
    {
        if (!CosignMessage.TryDecode(message, out var checkpoint, out var lines)) return;
        lock (_gate)
        {
            if (_ending.FirstOrDefault(ending => ending.Epoch.Checkpoint == checkpoint).Epoch is { } waiting)
            {
                waiting.Add(lines);
                TryProveNextSets();
            }
            else if (_sets.Chain.Links.FirstOrDefault(link => link.Checkpoint.Checkpoint == checkpoint) is { } link && MayAnswer(from))
            {
                // Who signs the tree that ended an epoch may lack the proof of the next set.
                _port.Send(from, link.Checkpoint.Note.ToBytes());
            }
            if (!_cosignatures.Add(from, checkpoint, lines)) return;
            TryPublish();
            if (_own is null || _ownMessage is null || checkpoint.Size != _own.Size || !MayAnswer(from)) return;
            _port.Send(from, _ownMessage);
        }
    }

    /// <summary>Sends the own signatures again while the quorum is short of some.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(ResendInterval, _time, cancellationToken);
            lock (_gate)
            {
                foreach (var (_, message) in _ending) _port.Broadcast(message);
                if (_ownMessage is not null && _store.Checkpoint?.Checkpoint != _own) _port.Broadcast(_ownMessage);
            }
        }
    }

    private NoteSignature[] Sign(Checkpoint checkpoint)
    {
        var text = checkpoint.ToString();
        return [_cosigner.Sign(text, _time.GetUtcNow().ToUnixTimeSeconds()), _log.Sign(text)];
    }

    /// <summary>One answer a second to each: two authorities that hear each other must not answer each other for ever.</summary>
    private bool MayAnswer(int peer)
    {
        var now = _time.GetTimestamp();
        if (_answered.TryGetValue(peer, out var last) && _time.GetElapsedTime(last, now) < ResendInterval) return false;
        _answered[peer] = now;
        return true;
    }

    /// <summary>Each set is proven by the one before it, so the oldest comes first.</summary>
    private void TryProveNextSets()
    {
        while (_ending.TryPeek(out var first) && first.Epoch.Assemble() is { } checkpoint)
        {
            var size = first.Epoch.Checkpoint.Size;
            var link = SetLink.Create(size - 1, first.Epoch.Change, new TileHashReader(size, _store.ReadTile), checkpoint);
            if (!_sets.TryAdd(link, out var error)) throw new LogStoreException($"The set of epoch {first.Epoch.Change.Set.Epoch} is cosigned and cannot be proven: {error}.");
            _ending.Dequeue();
        }
        TryPublish();
    }

    private void TryPublish()
    {
        if (_ending.Count > 0 || _own is null || _cosignatures.Assemble(_own) is not { } assembled) return;
        if (PublishedCheckpoint.Check(_place.Set, assembled.Published, out var times) is not null) return;
        var isNews = _store.Checkpoint?.Checkpoint != _own || times!.Time > _published;
        if (!isNews) return;
        _store.Publish(assembled.Published, assembled.Published.Note.ToBytes(), assembled.LogSignatures.ToBytes());
        _published = times!.Time;
        _cosignatures.Forget(_own.Size);
    }
}
