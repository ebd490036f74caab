using System.Buffers;
using Pyrsia.Content.Routing;
using Pyrsia.Content.Store;
using Pyrsia.Libp2p;

namespace Pyrsia.Content.Exchange;

/// <summary>
/// Brings one piece of content in from several peers at once. Every chunk is verified as it comes; whoever sends a wrong
/// one is banned, whoever stands still loses its chunks to the others, and the readers notice neither.
/// </summary>
internal sealed class SwarmDownload(
    ContentDescriptor content, ContentStore store, IContentRouter router, IExchangePeers peers, TransferCounters counters, ExchangeOptions options, TimeProvider time) : IDisposable
{
    private readonly TaskCompletionSource<PartialContent> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<PeerId, Task> _workers = [];
    private readonly Dictionary<PeerId, long> _resting = [];
    private readonly Lock _gate = new();
    private PartialContent? _partial;
    private SwarmScheduler<PeerId>? _scheduler;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastProgress;
    private string _lastTrouble = "no peer announces it";

    /// <summary>Ends when the first peer that holds the content has shown the right chunk hashes: before that, a client is better told that nobody has it.</summary>
    /// <exception cref="ContentStoreException">Nobody brought the content.</exception>
    internal Task<PartialContent> Started => _started.Task;

    /// <summary>Runs until the content is whole, or until nobody has brought a chunk for <see cref="ExchangeOptions.GiveUpAfter"/>.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        _lastProgress = Now;
        if ((content.ChunkCount == 0 ? [] : store.PartialLeaves(content)) is { } leaves) Begin(leaves);
        if (_partial?.IsComplete == true) _started.TrySetResult(_partial);
        var finding = FindProvidersAsync(both.Token);
        try
        {
            while (_partial?.IsComplete != true && !cancellationToken.IsCancellationRequested)
            {
                var left = options.GiveUpAfter - TimeSpan.FromMilliseconds(Now - _lastProgress);
                if (left <= TimeSpan.Zero) break;
                await WaitForChangeAsync(left, both.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The node is stopping: the readers are told below.
        }
        finally
        {
            await _ended.CancelAsync();
            try
            {
                await Task.WhenAll([finding, .. Workers()]);
            }
            finally
            {
                // Whatever happened: nobody waits for what nobody brings.
                End();
            }
        }
    }

    /// <summary>Tells those who wait that the content will not come, if it has not.</summary>
    internal void End()
    {
        var why = $"{content.Digest} could not be fetched: {_lastTrouble}.";
        _partial?.Abandon(why);
        _partial?.Dispose();
        _started.TrySetException(new ContentStoreException(ContentFault.Abandoned, why));
        _ = _started.Task.Exception;
    }

    public void Dispose() => _ended.Dispose();

    private long Now => (long)time.GetElapsedTime(0, time.GetTimestamp()).TotalMilliseconds;

    private Task[] Workers()
    {
        lock (_gate) return [.. _workers.Values];
    }

    private async Task FindProvidersAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await foreach (var peer in router.FindProvidersAsync(content.Digest, cancellationToken)) Recruit(peer, cancellationToken);
                await Task.Delay(options.ProviderRefresh, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The download has ended.
        }
    }

    private void Recruit(PeerId peer, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_workers.TryGetValue(peer, out var worker) && !worker.IsCompleted) return;
            if (_workers.Values.Count(w => !w.IsCompleted) >= ExchangeOptions.MaxPeers || (_resting.TryGetValue(peer, out var until) && Now < until)) return;
            _workers[peer] = Task.Run(() => WorkAsync(peer, cancellationToken), CancellationToken.None);
        }
    }

    private async Task WorkAsync(PeerId peer, CancellationToken cancellationToken)
    {
        var suspicion = peers.Suspicion(peer);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, suspicion);
            var session = new ExchangeSession(await WithinAsync(token => peers.OpenAsync(peer, token), limit.Token));
            await using (session)
            {
                if (await WithinAsync(token => session.DescribeAsync(content, token), limit.Token) is not { } held)
                {
                    Rest(peer, "the peers that announce it do not hold it");
                    return;
                }
                Join(peer, held.Leaves, held.Has);
                var second = Enumerable.Range(1, ExchangeOptions.StreamsPerPeer - 1).Select(_ => FurtherStreamAsync(peer, limit.Token));
                await Task.WhenAll([FetchAsync(peer, session, limit.Token), .. second]);
            }
        }
        catch (WrongChunkException e)
        {
            peers.Ban(peer, e.Message, options.BanFor);
            Leave(peer, e.Message);
        }
        catch (Exception e) when (e is IOException or Libp2pException or OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested) Leave(peer, suspicion.IsCancellationRequested ? "the peer stopped answering" : e.Message);
        }
        catch (ContentStoreException e)
        {
            Leave(peer, e.Message);
            await _ended.CancelAsync();
        }
    }

    private async Task FurtherStreamAsync(PeerId peer, CancellationToken cancellationToken)
    {
        await using var session = new ExchangeSession(await WithinAsync(token => peers.OpenAsync(peer, token), cancellationToken));
        await FetchAsync(peer, session, cancellationToken);
    }

    private async Task FetchAsync(PeerId peer, ExchangeSession session, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(content.ChunkSize);
        try
        {
            while (true)
            {
                Task changed;
                ChunkRun? next;
                lock (_gate)
                {
                    if (_scheduler!.IsDone) return;
                    changed = _changed.Task;
                    next = _scheduler.Next(peer, Now);
                }
                if (next is { } run) await FetchRunAsync(peer, session, run, buffer, cancellationToken);
                else await WaitAsync(changed, options.HedgeAfter, cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task FetchRunAsync(PeerId peer, ExchangeSession session, ChunkRun run, byte[] buffer, CancellationToken cancellationToken)
    {
        var (next, end) = (run.First, run.First + run.Count);
        try
        {
            await WithinAsync(async token => { await session.AskAsync(content.Digest, run, token); return true; }, cancellationToken);
            for (; next < end; next++)
            {
                var chunk = buffer.AsMemory(0, content.ChunkLength(next));
                if (!await WithinAsync(async token => await session.ReadChunkAsync(chunk, token), cancellationToken))
                {
                    lock (_gate) _scheduler!.Lacks(peer, next);
                    return;
                }
                if (!_partial!.TryWriteChunk(next, chunk.Span, () => counters.Received(peer, chunk.Length))) throw new WrongChunkException($"chunk {next} of {content.Digest} was wrong");
                lock (_gate) _scheduler!.Arrived(peer, next);
                Progress();
            }
        }
        finally
        {
            if (next < end) GiveBack(peer, new ChunkRun(next, end - next));
        }
    }

    /// <summary>What one stream does not bring after all, the other stream of the same peer may: it would wait for it in vain.</summary>
    private void GiveBack(PeerId peer, ChunkRun run)
    {
        lock (_gate) _scheduler!.GiveBack(peer, run);
        Signal();
    }

    private void Join(PeerId peer, Provenance.Merkle.TreeHash[] leaves, Func<int, bool> has)
    {
        lock (_gate)
        {
            if (_partial is null)
            {
                if (!ChunkLeaves.Match(content, leaves)) throw new WrongChunkException($"the chunk hashes of {content.Digest} were wrong");
                Begin(leaves);
            }
            _scheduler!.AddPeer(peer, has);
        }
        _started.TrySetResult(_partial!);
    }

    private void Begin(Provenance.Merkle.TreeHash[] leaves)
    {
        _partial = store.OpenPartial(content, leaves);
        _scheduler = new SwarmScheduler<PeerId>(content.ChunkCount, _partial.HasArrived, options);
        Progress();
    }

    private void Rest(PeerId peer, string why)
    {
        lock (_gate)
        {
            _lastTrouble = why;
            _resting[peer] = Now + (long)options.PeerBackOff.TotalMilliseconds;
        }
    }

    private void Leave(PeerId peer, string why)
    {
        Rest(peer, why);
        lock (_gate) _scheduler?.RemovePeer(peer);
        Signal();
    }

    private void Progress()
    {
        Interlocked.Exchange(ref _lastProgress, Now);
        Signal();
    }

    private void Signal()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }

    private Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        lock (_gate) return WaitAsync(_changed.Task, atMost, cancellationToken);
    }

    private async Task WaitAsync(Task changed, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nothing changed: the caller looks at the clock.
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        using var watchdog = new CancellationTokenSource(options.ChunkTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(watchdog.Token, cancellationToken);
        try
        {
            return await step(both.Token);
        }
        catch (OperationCanceledException e) when (watchdog.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"the peer stood still for {options.ChunkTimeout.TotalSeconds:0.#} s", e);
        }
    }
}
