using Pyrsia.Content.Exchange;
using Pyrsia.Content.Routing;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;

namespace Pyrsia.Content;

/// <summary>Digest in, verified bytes out: from the store, or from peers while they arrive. What has arrived is announced.</summary>
public sealed class ContentService : IAsyncDisposable
{
    /// <summary>Downloads under way at once; more wait their turn. Each holds a few chunks in memory.</summary>
    private const int MaxDownloads = 32;

    private readonly ContentStore _store;
    private readonly IContentRouter _router;
    private readonly IExchangePeers _peers;
    private readonly TransferCounters _counters;
    private readonly ExchangeOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<Digest, (SwarmDownload Download, Task Running)> _downloads = [];
    private readonly SemaphoreSlim _slots = new(MaxDownloads);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();

    /// <summary>Joins the parts.</summary>
    public ContentService(ContentStore store, IContentRouter router, IExchangePeers peers, TransferCounters counters, ExchangeOptions options, TimeProvider time)
    {
        (_store, _router, _peers, _counters, _options, _time) = (store, router, peers, counters, options, time);
        store.Stored += Announce;
    }

    /// <summary>Opens content for reading: at once when it is here, else as soon as a peer's chunk hashes were verified.</summary>
    /// <param name="content">What to open, from a verified log entry.</param>
    /// <param name="cancellationToken">Ends this reader's wait; others who wait for the same content are not disturbed.</param>
    /// <exception cref="ContentStoreException">No peer brought the content in time.</exception>
    public Task<IContentReader> OpenAsync(ContentDescriptor content, CancellationToken cancellationToken) => OpenAsync(content, _router, cancellationToken);

    private async Task<IContentReader> OpenAsync(ContentDescriptor content, IContentRouter router, CancellationToken cancellationToken)
    {
        while (true)
        {
            SwarmDownload download;
            lock (_gate)
            {
                if (!_downloads.TryGetValue(content.Digest, out var entry))
                {
                    if (OpenHere(content.Digest) is { } here) return here;
                    _downloads[content.Digest] = entry = Start(content, router);
                }
                download = entry.Download;
            }
            var partial = await download.Started.WaitAsync(cancellationToken);
            if (partial.TryAddReference()) return partial;
        }
    }

    /// <summary>Fetches content whole into the store.</summary>
    /// <exception cref="ContentStoreException">No peer brought the content in time.</exception>
    public Task FetchAsync(ContentDescriptor content, CancellationToken cancellationToken) => FetchAsync(content, _router, cancellationToken);

    /// <summary>Fetches content whole into the store from a peer that is known to hold it, and asks nobody else.</summary>
    /// <exception cref="ContentStoreException">The peer did not bring the content in time.</exception>
    public Task FetchAsync(ContentDescriptor content, PeerId holder, CancellationToken cancellationToken) => FetchAsync(content, new OnePeerRouter(holder), cancellationToken);

    private async Task FetchAsync(ContentDescriptor content, IContentRouter router, CancellationToken cancellationToken)
    {
        using var reader = await OpenAsync(content, router, cancellationToken);
        if (reader is PartialContent partial) await partial.WaitAsync(cancellationToken);
    }

    /// <summary>Announces everything that the store holds, as after a start.</summary>
    public void AnnounceAll()
    {
        foreach (var digest in _store.Digests) Announce(digest);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _store.Stored -= Announce;
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate) running = [.. _downloads.Values.Select(d => d.Running)];
        await Task.WhenAll(running);
    }

    private IContentReader? OpenHere(Digest digest)
    {
        try
        {
            return _store.TryOpen(digest);
        }
        catch (ContentStoreException e) when (e.Fault == ContentFault.Corrupt)
        {
            // The damaged file is in quarantine now; peers have the content.
            return null;
        }
    }

    private (SwarmDownload Download, Task Running) Start(ContentDescriptor content, IContentRouter router)
    {
        var download = new SwarmDownload(content, _store, router, _peers, _counters, _options, _time);
        return (download, Task.Run(async () =>
        {
            var admitted = false;
            try
            {
                await _slots.WaitAsync(_stopping.Token);
                admitted = true;
                await download.RunAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                download.End();
            }
            finally
            {
                if (admitted) _slots.Release();
                lock (_gate) _downloads.Remove(content.Digest);
                download.Dispose();
            }
        }));
    }

    private void Announce(ContentDescriptor content) => Announce(content.Digest);

    private void Announce(Digest digest) => _ = Task.Run(async () =>
    {
        try
        {
            await _router.ProvideAsync(digest, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    });
}
