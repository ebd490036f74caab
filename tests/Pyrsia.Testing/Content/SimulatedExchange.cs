using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pyrsia.Content.Exchange;
using Pyrsia.Content.Routing;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;

namespace Pyrsia.Testing.Content;

/// <summary>Peers with stores of their own, reached in memory through the real exchange server, some of them hostile.</summary>
public sealed class SimulatedExchange(TimeProvider time) : IExchangePeers, IContentRouter, IDisposable
{
    private readonly List<(PeerId Id, ContentStore Store, ExchangeFault Fault, StrongBox<int> Reads)> _peers = [];
    private readonly ConcurrentDictionary<PeerId, CancellationTokenSource> _suspicions = new();
    private readonly ConcurrentDictionary<PeerId, int> _opened = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The peers that were banned, with the reason.</summary>
    public ConcurrentDictionary<PeerId, string> Banned { get; } = new();

    /// <summary>What has been announced.</summary>
    public ConcurrentQueue<Digest> Announced { get; } = new();

    /// <summary>Bytes that each peer sent.</summary>
    public ConcurrentDictionary<PeerId, TransferCounters> Sent { get; } = new();

    /// <summary>Adds a peer.</summary>
    public PeerId Add(ContentStore store, ExchangeFault fault = ExchangeFault.None)
    {
        var id = KeyPair.Generate().PeerId;
        _peers.Add((id, store, fault, new StrongBox<int>()));
        return id;
    }

    /// <summary>Lets a peer be suspected.</summary>
    public void Suspect(PeerId peer) => _suspicions.GetOrAdd(peer, _ => new CancellationTokenSource()).Cancel();

    /// <inheritdoc/>
    public Task<IExchangeStream> OpenAsync(PeerId peer, CancellationToken cancellationToken)
    {
        var (_, store, fault, reads) = _peers.Single(p => p.Id == peer);
        if (fault == ExchangeFault.Unreachable || Banned.ContainsKey(peer)) throw new IOException("nobody answers");
        if (_opened.AddOrUpdate(peer, 1, (_, opened) => opened + 1) % ExchangeOptions.StreamsPerPeer == 1 && fault == ExchangeFault.CutFurther) fault = ExchangeFault.None;
        var (asking, answering) = PipeExchangeStream.Pair(Tamper(fault, reads));
        _ = Task.Run(async () =>
        {
            await new ExchangeServer(store, Sent.GetOrAdd(peer, _ => new TransferCounters()), time).ServeAsync(peer, answering, _stop.Token);
            await answering.DisposeAsync();
        }, CancellationToken.None);
        return Task.FromResult<IExchangeStream>(asking);
    }

    /// <inheritdoc/>
    public void Ban(PeerId peer, string reason, TimeSpan duration) => Banned[peer] = reason;

    /// <inheritdoc/>
    public CancellationToken Suspicion(PeerId peer) => _suspicions.GetOrAdd(peer, _ => new CancellationTokenSource()).Token;

    /// <inheritdoc/>
    public async IAsyncEnumerable<PeerId> FindProvidersAsync(Digest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (id, _, _, _) in _peers)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return id;
        }
    }

    /// <inheritdoc/>
    public Task ProvideAsync(Digest digest, CancellationToken cancellationToken)
    {
        Announced.Enqueue(digest);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>What becomes of the bytes that a peer sends, counted over all its streams.</summary>
    private static Func<Memory<byte>, CancellationToken, ValueTask>? Tamper(ExchangeFault fault, StrongBox<int> reads)
    {
        int Read() => Interlocked.Increment(ref reads.Value);
        return fault switch
        {
            ExchangeFault.WrongByte => (buffer, _) => Flip(buffer, buffer.Length == ContentStore.DefaultChunkSize && Read() == 2),
            ExchangeFault.Malformed => (buffer, _) => Flip(buffer, buffer.Length == ExchangeAnswer.Length && Read() > 2),
            ExchangeFault.WrongLeaves => (buffer, _) => Flip(buffer, Read() == 2),
            ExchangeFault.Stall => async (_, token) => { if (Read() > 6) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token); }
            ,
            ExchangeFault.CutFurther => (_, _) => throw new EndOfStreamException(),
            ExchangeFault.Cut => (_, _) => Read() > 6 ? throw new EndOfStreamException() : default,
            _ => null,
        };

        static ValueTask Flip(Memory<byte> buffer, bool now)
        {
            if (now) buffer.Span[^1] ^= 1;
            return default;
        }
    }
}
