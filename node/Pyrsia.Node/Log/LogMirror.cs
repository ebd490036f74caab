using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Node.Log;

/// <summary>
/// Follows the log: is told of a newer checkpoint or asks several authorities and peers for theirs, believes one only when the policy's
/// quorum cosigned it and the leaves, appended to those already here, lead to its root. So a log that was rewritten cannot be followed.
/// </summary>
public sealed partial class LogMirror(Libp2pHost host, LogView view, TimeProvider time, Random random, ILogger<LogMirror> logger) : IDisposable
{
    /// <summary>Peers that are asked in one round: more than f of them are authorities in a network of seven.</summary>
    private const int AskedPerRound = 4;

    /// <summary>Longest checkpoint that is read, in bytes: 100 signature lines.</summary>
    internal const int MaxCheckpointBytes = 32 * 1024;

    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _round = new(1, 1);
    private volatile bool _doubts;
    private bool _forked;
    private string? _behind; // the reason that was said last

    /// <summary>Pause between two rounds when nothing wakes the mirror.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>The same while news comes by itself: peers who keep it back delay it by no more.</summary>
    public static readonly TimeSpan IntervalWhenTold = 8 * Interval;

    /// <summary>What is wrong with the log, for a person; null when nothing is.</summary>
    public string? Trouble { get; private set; }

    private LogStore Store => view.Store;

    /// <summary>Asks at once instead of at the next interval.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0) _wake.Release();
    }

    /// <summary>There may be news that was not understood: asks soon, and not more often than without news.</summary>
    public void Doubt() => _doubts = true;

    /// <summary>Follows until cancelled.</summary>
    /// <param name="isTold">Whether news comes by itself, to <see cref="FollowAsync"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Func<bool> isTold, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(isTold);
        while (!cancellationToken.IsCancellationRequested)
        {
            var told = isTold(); // what was published before that is found in the round, and what comes after is told
            await FollowOnceAsync(cancellationToken);
            await PauseAsync(() => told && isTold(), cancellationToken);
        }
    }

    /// <summary>One round: takes the newest checkpoint that anybody asked can show and prove.</summary>
    public Task FollowOnceAsync(CancellationToken cancellationToken) => RoundAsync(
        async () =>
        {
            var answers = await Task.WhenAll(Sources().Select(peer => AskCheckpointAsync(peer, cancellationToken)));
            SayBehind(await TryFollowAsync([.. answers.OfType<CheckpointOffer>()], cancellationToken));
            await TryFetchLogSignaturesAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>Follows to a checkpoint that was told of and checked, with the leaves of who told of it, or else of another peer.</summary>
    public Task FollowAsync(CheckpointOffer told, CancellationToken cancellationToken) => RoundAsync(
        async () =>
        {
            var holders = Sources().Prepend(told.Peer).Distinct();
            if (await TryFollowAsync([.. holders.Select(peer => told with { Peer = peer })], cancellationToken) is not null || !await TryFetchLogSignaturesAsync(cancellationToken)) Doubt();
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _wake.Dispose();
        _round.Dispose();
    }

    private async Task RoundAsync(Func<Task> round, CancellationToken cancellationToken)
    {
        await _round.WaitAsync(cancellationToken);
        try
        {
            if (!_forked) await round();
        }
        catch (LogStoreException e)
        {
            Trouble = e.Message;
            LogTrouble(e.Message);
        }
        finally
        {
            _round.Release();
        }
    }

    /// <summary>Waits for the interval that holds, in steps of the short one: meanwhile news may cease to come by itself.</summary>
    private async Task PauseAsync(Func<bool> isTold, CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        do
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var woken = _wake.WaitAsync(pause.Token);
            await Task.WhenAny(woken, Task.Delay(Interval, time, pause.Token));
            await pause.CancelAsync();
            if (woken.IsCompletedSuccessfully) break;
            waited += Interval;
        }
        while (waited < IntervalWhenTold && isTold() && !_doubts && _behind is null && Store.Checkpoint is not null);
        _doubts = false;
    }

    /// <summary>Follows to the newest of some checkpoints that can be followed to. Returns null when that is done or there is nothing to do, else why not.</summary>
    private async Task<string?> TryFollowAsync(CheckpointOffer[] offers, CancellationToken cancellationToken)
    {
        if (offers.Any(offer => offer.Checkpoint.Checkpoint is var other && other.Size == Store.Size && other.Root != Store.Root))
        {
            StopAtFork(Store.Size);
            return null;
        }
        string? behind = null;
        foreach (var offer in offers.OrderByDescending(offer => offer.Checkpoint.Checkpoint.Size).ThenByDescending(offer => offer.CosignedAt))
            if ((behind = await AdvanceAsync(offer, cancellationToken)) is null) break;
        return behind;
    }

    /// <summary>Says why a newer checkpoint is not followed, once for each reason: silence would look like a log that stands still.</summary>
    private void SayBehind(string? reason)
    {
        if (reason is not null && reason != _behind) LogBehind(Store.Size, reason);
        _behind = reason;
    }

    private void StopAtFork(long size)
    {
        _forked = true;
        Trouble = $"A quorum cosigned a checkpoint of size {size} that does not continue the {Store.Size} entries followed so far: the log has forked. Nothing newer is believed.";
        LogTrouble(Trouble);
    }

    private IEnumerable<PeerId> Sources()
    {
        var authorities = view.Sets.Chain.Newest.Members.Select(a => a.PeerId).ToHashSet(StringComparer.Ordinal);
        var peers = host.Peers.Where(p => p.State == PeerState.Alive && p.Protocols.Contains(LogProtocol.Id)).Select(p => p.Id).Distinct().ToArray();
        lock (random) random.Shuffle(peers);
        return peers.OrderByDescending(p => authorities.Contains(p.ToString())).Take(AskedPerRound);
    }

    private async Task<CheckpointOffer?> AskCheckpointAsync(PeerId peer, CancellationToken cancellationToken)
    {
        try
        {
            if (await LogProtocol.AskAsync(host, peer, TilePath.Checkpoint, cancellationToken) is not { Length: <= MaxCheckpointBytes } bytes) return null;
            if (!SignedCheckpoint.TryParse(bytes, out var checkpoint, out _)) return null;
            var fault = view.Sets.Check(view.Network, checkpoint, out var times);
            while (fault is not null && await TryLearnSetAsync(peer, cancellationToken)) fault = view.Sets.Check(view.Network, checkpoint, out times);
            return fault is null ? new CheckpointOffer(peer, checkpoint, bytes, times!.Time) : null;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Other authorities may sit by now: takes what leads to them from a peer, if the newest set that is known here has vouched for it.</summary>
    private async Task<bool> TryLearnSetAsync(PeerId peer, CancellationToken cancellationToken)
    {
        if (await LogProtocol.AskSetAsync(host, peer, view.Sets.Chain.Newest.Epoch + 1, cancellationToken) is not { } link) return false;
        if (!view.Sets.TryAdd(link, out var error))
        {
            LogNoSet(peer.ToString(), error);
            return false;
        }
        LogNewSet(link.Change.Entry.Set.Epoch, link.Change.Entry.Set.Members.Length, link.Change.Index);
        return true;
    }

    /// <summary>Follows to an offered checkpoint. Returns null when that is done or there is nothing to do, else why not.</summary>
    private async Task<string?> AdvanceAsync(CheckpointOffer offer, CancellationToken cancellationToken)
    {
        var (size, root) = (offer.Checkpoint.Checkpoint.Size, offer.Checkpoint.Checkpoint.Root);
        if (size < Store.Size || (size == Store.Size && Store.Checkpoint?.Checkpoint.Size == size && offer.CosignedAt <= view.CosignedAt)) return null;
        try
        {
            if (await FetchLeavesAsync(offer.Peer, Store.Size, size, cancellationToken) is not { } leaves) return $"{offer.Peer} does not give the leaves that its checkpoint covers";
            if (Store.Range.Append([.. leaves.Select(leaf => Rfc6962.HashLeaf(leaf.Span))]).Root() != root)
            {
                if (!await IsForkAsync(offer, cancellationToken)) return $"the leaves that {offer.Peer} gives do not lead to the root of its checkpoint";
                StopAtFork(size);
                return null;
            }
            if (await FetchPayloadsAsync(offer.Peer, leaves, cancellationToken) is { } missing) return $"nobody who was asked gives the payload {missing}";
            if (leaves.Count > 0) Store.Append(leaves);
            Store.Publish(offer.Checkpoint, offer.Bytes, await FetchLogSignaturesAsync(offer.Peer, offer.Checkpoint, cancellationToken));
            Trouble = null;
            // Authorities that keep their cosigner keys change without a checkpoint that shows it.
            while (view.Index.Sets.Set.Epoch > view.Sets.Chain.Newest.Epoch && await TryLearnSetAsync(offer.Peer, cancellationToken)) LogAtEpoch(view.Sets.Chain.Newest.Epoch);
            if (leaves.Count > 0) LogAdvanced(size, offer.Peer.ToString());
            return null;
        }
        catch (Exception e) when (e is (IOException and not LogStoreException) or TimeoutException)
        {
            return $"{offer.Peer} does not answer: {e.Message.TrimEnd('.')}";
        }
    }

    private async Task<List<ReadOnlyMemory<byte>>?> FetchLeavesAsync(PeerId peer, long from, long to, CancellationToken cancellationToken)
    {
        var leaves = new List<ReadOnlyMemory<byte>>();
        foreach (var path in TilePlan.EntryBundles(from, to, to))
        {
            var bytes = await LogProtocol.AskAsync(host, peer, path, cancellationToken);
            if (bytes is null || !EntryBundle.TryDecode(bytes, path.Width, out var entries)) return null;
            var skip = (int)Math.Max(0, from - (path.Index * TilePath.FullWidth));
            leaves.AddRange(entries.Skip(skip));
        }
        return leaves;
    }

    /// <summary>Fetches the payloads that the leaves name. Returns the first that is not to be had; null when all are here.</summary>
    private async Task<Digest?> FetchPayloadsAsync(PeerId peer, IEnumerable<ReadOnlyMemory<byte>> leaves, CancellationToken cancellationToken)
    {
        foreach (var leaf in leaves)
        {
            if (EntryReader.Read(leaf, Store.ReadPayload) is not { } entry || EntryReader.MissingPayload(entry) is not { } digest) continue;
            if (await FetchPayloadAsync(peer, digest, cancellationToken) is not { } payload) return digest;
            Store.PutPayload(payload);
        }
        return null;
    }

    private async Task<byte[]?> FetchPayloadAsync(PeerId first, Digest digest, CancellationToken cancellationToken)
    {
        foreach (var peer in Sources().Where(p => p != first).Prepend(first))
        {
            try
            {
                if (await LogProtocol.AskPayloadAsync(host, peer, digest, cancellationToken) is { } payload) return payload;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                // The next one may have it.
            }
        }
        return null;
    }

    /// <summary>Whether the log signatures of the newest checkpoint are here, or come now: who told of it may have had the leaves and not yet these.</summary>
    private async Task<bool> TryFetchLogSignaturesAsync(CancellationToken cancellationToken)
    {
        if (Store.Checkpoint is not { } checkpoint || Store.LogSignatures is not null) return true;
        foreach (var peer in Sources())
        {
            try
            {
                if (await FetchLogSignaturesAsync(peer, checkpoint, cancellationToken) is not { } signatures) continue;
                Store.Publish(checkpoint, checkpoint.Note.ToBytes(), signatures);
                return true;
            }
            catch (Exception e) when (e is (IOException and not LogStoreException) or TimeoutException)
            {
                // The next one may have them.
            }
        }
        return false;
    }

    /// <summary>The log signatures of all authorities for the same text, which the Sigstore export wants; none when the peer is at another.</summary>
    private async Task<ReadOnlyMemory<byte>?> FetchLogSignaturesAsync(PeerId peer, SignedCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var bytes = await LogProtocol.AskSignaturesAsync(host, peer, cancellationToken);
        if (bytes is null || !SignedNote.TryParse(bytes, out var note, out _) || note.Text != checkpoint.Note.Text) return null;
        var set = view.Sets.Chain.At(checkpoint.Checkpoint.Size);
        return set.Members.Count(authority => note.Signatures.Any(line => authority.Log.Verify(note.Text, line, out _))) >= set.Quorum ? (ReadOnlyMemory<byte>?)bytes : null;
    }

    /// <summary>
    /// Whether the offered tree, which a quorum cosigned, provably does not begin with the leaves followed so far. A peer that
    /// serves wrong leaves or tiles proves nothing: its tiles must lead to the cosigned root.
    /// </summary>
    private async Task<bool> IsForkAsync(CheckpointOffer offer, CancellationToken cancellationToken)
    {
        var (size, root) = (offer.Checkpoint.Checkpoint.Size, offer.Checkpoint.Checkpoint.Root);
        var (oldSize, oldRoot) = (Store.Size, Store.Root);
        if (oldSize == 0 || size <= oldSize) return false;
        var tiles = new Dictionary<TilePath, ReadOnlyMemory<byte>?>();
        var reader = new TileHashReader(size, tiles.GetValueOrDefault);
        while (true)
        {
            try
            {
                var offered = CompactRange.Read(reader, oldSize).Root();
                return offered != oldRoot && MerkleProof.VerifyConsistency(oldSize, size, offered, root, MerkleProof.Consistency(reader, oldSize, size).AsSpan());
            }
            catch (MissingTileException missing)
            {
                if (tiles.ContainsKey(missing.Tile) || await LogProtocol.AskAsync(host, offer.Peer, missing.Tile, cancellationToken) is not { } bytes) return false;
                tiles[missing.Tile] = bytes;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The log has {Size} entries; the newest came from {Peer}.")]
    private partial void LogAdvanced(long size, string peer);

    [LoggerMessage(2, LogLevel.Error, "{Trouble}")]
    private partial void LogTrouble(string trouble);

    [LoggerMessage(3, LogLevel.Warning, "The log is followed to {Size} entries and not further for now: {Reason}.")]
    private partial void LogBehind(long size, string reason);

    [LoggerMessage(4, LogLevel.Information, "The authorities of epoch {Epoch} are {Count}: the ones before them have decided so in log entry {Index}.")]
    private partial void LogNewSet(long epoch, int count, long index);

    [LoggerMessage(6, LogLevel.Debug, "The authorities are followed to epoch {Epoch}.")]
    private partial void LogAtEpoch(long epoch);

    [LoggerMessage(5, LogLevel.Debug, "{Peer} gives a set of authorities that is not believed: {Error}.")]
    private partial void LogNoSet(string peer, string error);
}
