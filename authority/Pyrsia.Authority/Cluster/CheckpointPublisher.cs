using Pyrsia.Authority.Keys;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Cluster;

/// <summary>
/// Cosigns what is final and stored here, exchanges signatures with the other authorities, and publishes each checkpoint as
/// soon as a quorum has cosigned it. Signs only the stored log's own size and root: the stored log never shrinks, so neither do they.
/// </summary>
internal sealed class CheckpointPublisher
{
    /// <summary>How often the own signatures are sent again while their checkpoint is not published.</summary>
    private static readonly TimeSpan ResendInterval = TimeSpan.FromSeconds(1);

    private readonly GenesisDocument _genesis;
    private readonly int _self;
    private readonly LogStore _store;
    private readonly Cosignatures _cosignatures;
    private readonly NoteSigner _cosigner;
    private readonly NoteSigner _log;
    private readonly IConsensusPort _port;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _answered = [];
    private Checkpoint? _own;
    private byte[]? _ownMessage;
    private long _published;

    internal CheckpointPublisher(GenesisDocument genesis, int self, AuthorityKeys keys, LogStore store, IConsensusPort port, TimeProvider time)
    {
        (_genesis, _self, _store, _port, _time) = (genesis, self, store, port, time);
        _cosignatures = new Cosignatures(genesis);
        _cosigner = new NoteSigner(genesis.Authorities[self].Cosigner.Name, NoteSignatureType.Cosignature, keys.Cosigner);
        _log = new NoteSigner(genesis.Origin, NoteSignatureType.Ed25519, keys.Log);
        if (store.Checkpoint is { } last && PublishedCheckpoint.Check(genesis.Set, last, out var times) is null) _published = times!.Time;
    }

    /// <summary>Vouches for the stored log as it is now, the empty one too, with the time of now: at the start, and whenever a block is final and its leaves are stored.</summary>
    internal void Cosign()
    {
        lock (_gate)
        {
            var checkpoint = new Checkpoint(_genesis.Origin, _store.Size, _store.Root);
            var text = checkpoint.ToString();
            var (cosignature, signature) = (_cosigner.Sign(text, _time.GetUtcNow().ToUnixTimeSeconds()), _log.Sign(text));
            _cosignatures.Add(_self, checkpoint, [cosignature, signature]);
            (_own, _ownMessage) = (checkpoint, CosignMessage.Encode(checkpoint, cosignature, signature));
            _port.Broadcast(_ownMessage);
            TryPublish();
        }
    }

    /// <summary>Another authority's signatures have come.</summary>
    internal void Receive(int from, ReadOnlySpan<byte> message)
    {
        if (!CosignMessage.TryDecode(message, out var checkpoint, out var lines)) return;
        lock (_gate)
        {
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
                if (_ownMessage is not null && _store.Checkpoint?.Checkpoint != _own) _port.Broadcast(_ownMessage);
            }
        }
    }

    /// <summary>One answer a second to each: two authorities that hear each other must not answer each other for ever.</summary>
    private bool MayAnswer(int authority)
    {
        var now = _time.GetTimestamp();
        if (_answered.TryGetValue(authority, out var last) && _time.GetElapsedTime(last, now) < ResendInterval) return false;
        _answered[authority] = now;
        return true;
    }

    private void TryPublish()
    {
        if (_own is null || _cosignatures.Assemble(_own) is not { } assembled) return;
        if (PublishedCheckpoint.Check(_genesis.Set, assembled.Published, out var times) is not null) return;
        var isNews = _store.Checkpoint?.Checkpoint != _own || times!.Time > _published;
        if (!isNews) return;
        _store.Publish(assembled.Published, assembled.Published.Note.ToBytes(), assembled.LogSignatures.ToBytes());
        _published = times!.Time;
        _cosignatures.Forget(_own.Size);
    }
}
