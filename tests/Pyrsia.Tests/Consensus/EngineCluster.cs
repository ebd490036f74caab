using System.Collections.Concurrent;
using Pyrsia.Consensus;
using Pyrsia.Testing.Consensus;
using Xunit;

namespace Pyrsia.Tests.Consensus;

/// <summary>Engines with real keys and real files in one process; they start, stop and lose files as a test says.</summary>
internal sealed class EngineCluster(int participants) : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pyrsia-cluster").FullName;
    private readonly Ed25519VoteKeys _keys = new(participants, 1);
    private readonly InMemoryConsensusNetwork _network = new(participants);
    private readonly Running?[] _running = new Running?[participants];
    private readonly ConcurrentDictionary<(int Participant, ulong Key), bool> _logged = new();
    private readonly List<FinalizedBlock>[] _blocks = [.. Enumerable.Range(0, participants).Select(_ => new List<FinalizedBlock>())];
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Hash256 _chainId = Hash256.Of([3]);

    public ConcurrentQueue<(int Participant, int From)> HostMessages { get; } = new();

    public ConsensusEngine Start(int participant)
    {
        var store = FinalizedStore.Open(DirectoryOf(participant), _chainId);
        lock (_blocks) _blocks[participant].Clear();
        var stop = new CancellationTokenSource();
        var running = _running[participant] = new Running(store, stop);
        var engine = Begin(participant, running, new ModelLedger(), null);
        running.Loop = RunAsync(participant, running, engine);
        return engine;
    }

    /// <summary>An epoch after the other, as an authority does.</summary>
    private async Task RunAsync(int participant, Running running, ConsensusEngine engine)
    {
        while (true)
        {
            var end = await engine.RunAsync(running.Stop.Token);
            await engine.DisposeAsync();
            running.Journal!.Dispose();
            engine = Begin(participant, running, new ModelLedger(), end);
        }
    }

    private ConsensusEngine Begin(int participant, Running running, ModelLedger ledger, EpochEnd? before)
    {
        var epoch = new Epoch(before is null ? 0 : before.StopBlock.Header.Epoch.Number + 1);
        var journal = ConsensusJournal.Open(
            DirectoryOf(participant), Path.Combine(_directory, $"{participant}.binding"), _keys.PublicKeyOf(participant).Bytes.ToArray(), _chainId, epoch, participants);
        var engine = new ConsensusEngine(
            new ConsensusEngineOptions
            {
                Parameters = new ConsensusParameters
                {
                    ChainId = _chainId,
                    Epoch = epoch,
                    Participants = participants,
                    Self = participant,
                    Timing = new ConsensusTiming { Delay = TimeSpan.FromMilliseconds(100) },
                },
                Genesis = before?.Genesis ?? new EpochGenesis(_chainId, 0, 0, 0, 0, default),
                AppliedState = before?.State ?? ledger.Genesis,
                AppliedHeight = before?.StopBlock.Height ?? 0,
                Waiting = before?.Waiting ?? [],
                JournalBytes = 4_096,
            },
            _keys.SignerOf(participant), _keys, ledger, journal, running.Store, _network.TransportOf(participant), new Sink(this, participant), TimeProvider.System);
        (running.Engine, running.Journal, running.Ledger) = (engine, journal, ledger);
        _network.Connect(participant, engine);
        return engine;
    }

    public async Task StopAsync(int participant)
    {
        if (_running[participant] is not { } running) return;
        _running[participant] = null;
        _network.Disconnect(participant);
        await running.Stop.CancelAsync();
        if (!running.Loop.IsFaulted) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Loop);
        await running.Engine!.DisposeAsync();
        running.Journal!.Dispose();
        running.Store.Dispose();
        running.Stop.Dispose();
    }

    public async Task<SubmitResult> SubmitAsync(int participant, ulong key, CancellationToken cancellationToken, ModelEntryKind kind = ModelEntryKind.Plain)
    {
        while (true)
        {
            var engine = _running[participant]!.Engine!;
            try
            {
                return await engine.SubmitAsync(ModelLedger.Make(kind, key), cancellationToken);
            }
            catch (EpochEndedException)
            {
                await UntilAsync(() => _running[participant]!.Engine != engine, cancellationToken);
            }
        }
    }

    public Task LoggedAsync(int[] at, IEnumerable<ulong> keys, CancellationToken cancellationToken)
    {
        var wanted = keys.ToArray();
        return UntilAsync(() => at.All(p => wanted.All(k => _logged.ContainsKey((p, k)))), cancellationToken);
    }

    /// <summary>Waits for a change until the condition holds; a loop that failed ends the wait with its error.</summary>
    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            if (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw new TimeoutException($"it did not come to that: {string.Join("; ", _running.Select((r, i) => $"{i} {r?.Engine?.Status}"))}");
            foreach (var running in _running)
                if (running is { Loop.IsFaulted: true } failed) await failed.Loop;
            await _changed.WaitAsync(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    public ConsensusStatus StatusOf(int participant) => _running[participant]!.Engine!.Status;

    public int BlocksOf(int participant)
    {
        lock (_blocks) return _blocks[participant].Count;
    }

    public void LoseJournal(int participant) => File.Delete(Path.Combine(DirectoryOf(participant), "epoch-0.journal"));

    /// <summary>Writes the stored blocks of a participant that stands still again, each as it is changed.</summary>
    public void Rewrite(int participant, Func<FinalizedBlock, FinalizedBlock> change)
    {
        var blocks = new List<FinalizedBlock>();
        using (var store = FinalizedStore.Open(DirectoryOf(participant), _chainId))
            for (ulong height = 1; height <= store.Height; height++) blocks.Add(change(store.Read(height)!));
        File.Delete(Path.Combine(DirectoryOf(participant), "finalized.blocks"));
        using var rewritten = FinalizedStore.Open(DirectoryOf(participant), _chainId);
        rewritten.Append([.. blocks.Select(block => (block, participants))]);
    }

    /// <summary>Height of the last block that a participant has applied again without looking at signatures, since its last start.</summary>
    public ulong ReplayedBy(int participant) => _running[participant]!.Ledger!.Replayed;

    public string CopyFiles(int participant)
    {
        var copy = Path.Combine(_directory, $"{participant}.copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(DirectoryOf(participant))) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        return copy;
    }

    public void RestoreFiles(int participant, string copy)
    {
        foreach (var file in Directory.GetFiles(copy)) File.Copy(file, Path.Combine(DirectoryOf(participant), Path.GetFileName(file)), overwrite: true);
    }

    public void ExpectOneChain()
    {
        lock (_blocks)
        {
            var longest = _blocks.MaxBy(b => b.Count)!;
            foreach (var chain in _blocks)
                Assert.Equal(longest.Take(chain.Count).Select(b => b.Hash), chain.Select(b => b.Hash));
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < participants; i++) await StopAsync(i);
        Directory.Delete(_directory, recursive: true);
        _changed.Dispose();
    }

    private string DirectoryOf(int participant) => Path.Combine(_directory, $"{participant}");

    private sealed class Running(FinalizedStore store, CancellationTokenSource stop)
    {
        public FinalizedStore Store { get; } = store;

        public CancellationTokenSource Stop { get; } = stop;

        public Task Loop { get; set; } = Task.CompletedTask;

        public ConsensusEngine? Engine { get; set; }

        public ConsensusJournal? Journal { get; set; }

        public ModelLedger? Ledger { get; set; }
    }

    private sealed class Sink(EngineCluster cluster, int participant) : ICommitSink
    {
        public ValueTask CommitAsync(FinalizedBlock block, IApplicationState state, CancellationToken cancellationToken)
        {
            lock (cluster._blocks) cluster._blocks[participant].Add(block);
            foreach (var entry in block.Entries) cluster._logged[(participant, ModelLedger.KeyOf(entry))] = true;
            cluster._changed.Release();
            return ValueTask.CompletedTask;
        }

        public ValueTask EvidenceAsync(Evidence evidence, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void FetchPayloads(IReadOnlyList<Hash256> payloads, int holder)
        {
        }

        public void HostMessage(int from, ReadOnlyMemory<byte> message)
        {
            cluster.HostMessages.Enqueue((participant, from));
            cluster._changed.Release();
        }

        public ValueTask EpochEndedAsync(FinalizedBlock stopBlock, IApplicationState state, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void VotingStopped(string reason) => cluster._changed.Release();
    }
}
