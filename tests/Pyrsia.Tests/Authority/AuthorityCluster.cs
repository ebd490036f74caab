using Microsoft.Extensions.Logging.Abstractions;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Content.Store;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

/// <summary>Whole authorities in one process, four unless told, over real connections on loopback, with real keys and files.</summary>
internal sealed class AuthorityCluster : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    internal TestNetwork Network { get; }

    private AuthorityCluster(int authorities) => Network = new TestNetwork(authorities, realPeers: true);

    internal ScriptedUpstream Upstream { get; } = new();

    internal List<Member> Members { get; } = [];

    private (int Authority, Ed25519PrivateKey Key)? Next { get; init; }

    private Ed25519PrivateKey? NextVoteKey(int index) => Next is var (authority, key) && authority == index ? key : null;

    /// <summary>Starts it.</summary>
    /// <param name="liar">Who votes for two blocks.</param>
    /// <param name="silent">Whose builder does nothing by itself.</param>
    /// <param name="time">The builders' clock; the system's unless given.</param>
    /// <param name="next">Who has a second vote key, for a set change to name.</param>
    /// <param name="authorities">How many they are.</param>
    internal static async Task<AuthorityCluster> StartAsync(int? liar = null, int? silent = null, TimeProvider? time = null, (int Authority, Ed25519PrivateKey Key)? next = null, int authorities = 4)
    {
        var cluster = new AuthorityCluster(authorities) { Next = next };
        for (var i = 0; i < authorities; i++)
        {
            var member = new Member(cluster, i, i == liar, i != silent, time ?? TimeProvider.System);
            cluster.Members.Add(member);
            await member.Host.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), TestContext.Current.CancellationToken);
        }
        foreach (var member in cluster.Members)
        {
            foreach (var other in cluster.Members.Take(member.Index))
                await member.Host.ConnectAsync(other.Host.ListenAddresses[0].WithPeerId(other.Host.Id), TestContext.Current.CancellationToken);
        }
        foreach (var member in cluster.Members) await member.StartAsync();
        return cluster;
    }

    /// <summary>Waits for what files and engines of several threads show; they raise no common event.</summary>
    internal static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (!condition())
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(what);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members) await member.DisposeAsync();
        _directory.Dispose();
        Network.Dispose();
    }

    internal sealed class Member : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConsensusStreams _streams;
        private readonly EpochRun _epochs;
        private readonly EpochStorage _storage;
        private readonly EnginePort _port = new();
        private readonly CheckpointPublisher _publisher;
        private readonly BuilderService _builder;
        private readonly bool _builds;
        private readonly ContentStore _content;
        private readonly Sitting _sitting;
        private Task _running = Task.CompletedTask;

        internal Member(AuthorityCluster cluster, int index, bool lies, bool builds, TimeProvider time)
        {
            _builds = builds;
            var (network, keys) = (cluster.Network, cluster.Network.KeysOf(index, cluster.NextVoteKey(index)));
            var genesis = network.Genesis;
            var chainId = new Hash256(genesis.ChainId.Value.Bytes);
            var directory = cluster._directory[$"a{index}"];
            Index = index;
            EvidenceFolder = Path.Combine(directory, "evidence");
            Host = new Libp2pHost(new Libp2pHostOptions { Identity = network.Identities[index] });
            Log = LogStore.Open(Path.Combine(directory, "log"));
            _content = ContentStore.Open(Path.Combine(directory, "content"));
            LogProtocol.Serve(Host, Log);
            Directory.CreateDirectory(Path.Combine(directory, "keys"));
            var first = EpochPlace.Of([genesis.Set], keys);
            _storage = new EpochStorage(
                chainId, first,
                place => ConsensusJournal.Open(
                    Path.Combine(directory, "journal"), Path.Combine(directory, place.BindingFile), place.PublicKey.Bytes, chainId, place.Epoch, place.Set.Members.Length),
                FinalizedStore.Open(Path.Combine(directory, "blocks"), chainId), new ConsensusTiming { Delay = TimeSpan.FromMilliseconds(150) });
            _sitting = new Sitting(first);
            var application = new LedgerApplication(genesis, Log.ReadPayload);
            Ledger = new AuthorityLedger(application.Genesis);
            Sets = new LogSets(Log, genesis);
            _publisher = new CheckpointPublisher(genesis, first, keys, Log, Sets, _port, TimeProvider.System);
            _streams = new ConsensusStreams(Host, _port, TimeProvider.System, NullLogger<ConsensusStreams>.Instance);
            var voting = Voting = new VotingStatus(_storage.Journal.RefusalToVote);
            var sink = new AuthorityCommitSink(
                new LogWriter(Log), Log, Ledger, _publisher, Host, _sitting, new EvidenceStore(new DocumentFiles(EvidenceFolder), chainId), _storage.Finalized, _port, voting, NullLogger<AuthorityCommitSink>.Instance);
            Liar = lies ? new EquivocatingTransport(_streams, keys.Vote, chainId, index, genesis.Authorities.Length) : null;
            _epochs = new EpochRun(
                keys, _storage, application, _sitting, voting, _streams, (IConsensusTransport?)Liar ?? _streams, _publisher, _port, sink, TimeProvider.System, NullLogger<EpochRun>.Instance);
            var logs = new BuildLogs(Path.Combine(directory, "build-logs"));
            Builds = new ScriptedBuilds();
            Desk = new LocalBuildDesk(Ledger, _port, new QuorumSense(Host, _sitting, voting, null), new AuthorityPlace(index, genesis.Authorities[index], genesis.Builders[index]), logs, Builds, AskerList.Everybody, TimeProvider.System);
            _builder = new BuilderService(
                genesis, genesis.Builders[index], keys, Ledger, [new OciNotarizer(cluster.Upstream, _content)], Builds, Log, _port, AskerList.Everybody, new SignedWorks(new DocumentFiles(Path.Combine(directory, "builds"))), voting, time,
                NullLogger<BuilderService>.Instance);
        }

        internal int Index { get; }

        internal Libp2pHost Host { get; }

        internal LogStore Log { get; }

        internal LogSets Sets { get; }

        internal VotingStatus Voting { get; }

        internal ConsensusStatus? Status => _port.Engine?.Status;

        internal AuthorityLedger Ledger { get; }

        internal LocalBuildDesk Desk { get; }

        internal ScriptedBuilds Builds { get; }

        internal EquivocatingTransport? Liar { get; }

        internal string EvidenceFolder { get; }

        internal string[] Evidence => Directory.Exists(EvidenceFolder) ? Directory.GetFiles(EvidenceFolder, "*.json") : [];

        private async Task RunAsync()
        {
            EpochEnd? before = null;
            while (true) before = await _epochs.RunAsync(before, _stop.Token);
        }

        internal async Task StartAsync()
        {
            _running = Task.WhenAll(RunAsync(), _publisher.RunAsync(_stop.Token));
            if (_builds) await _builder.StartAsync(CancellationToken.None);
        }

        /// <summary>Hands an entry to this authority's consensus, as its own parts do.</summary>
        internal Task<SubmitResult> SubmitAsync(SignedEntry entry) => _port.SubmitAsync(new Entry(entry.Leaf), TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _builder.StopAsync(CancellationToken.None);
            _builder.Dispose();
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
            await _streams.DisposeAsync();
            await Host.DisposeAsync();
            _storage.Dispose();
            Log.Dispose();
            _content.Dispose();
            _stop.Dispose();
        }
    }
}
