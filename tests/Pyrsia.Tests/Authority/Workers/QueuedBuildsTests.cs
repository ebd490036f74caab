using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Log;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Workers;
using Pyrsia.Builds;
using Pyrsia.Content;
using Pyrsia.Content.Exchange;
using Pyrsia.Content.Routing;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Pyrsia.Tests.Authority.Storage;
using Xunit;

namespace Pyrsia.Tests.Authority.Workers;

/// <summary>An authority and a worker of it, over a real connection and a real queue; what the worker says is up to the test.</summary>
public sealed class QueuedBuildsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Text = "[pyrsia] it was built\n";

    private readonly TestNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly Libp2pHost _authority = new(new Libp2pHostOptions { Identity = KeyPair.FromSeed(TestNetwork.Seed("queued", "authority")) });
    private readonly Libp2pHost _worker = new(new Libp2pHostOptions { Identity = KeyPair.FromSeed(TestNetwork.Seed("queued", "worker")) });
    private readonly Dictionary<string, ReportedContent> _files = new(StringComparer.Ordinal);
    private PostgresDatabase _database = null!;
    private ContentStore _here = null!;
    private ContentStore _there = null!;
    private ContentService _content = null!;
    private ContentService _serving = null!;
    private LogStore _log = null!;
    private BuildLogs _logs = null!;
    private QueueKeeper _keeper = null!;
    private QueuedBuilds _builds = null!;
    private RequestState _request = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        (_here, _there, _log) = (ContentStore.Open(_directory["here"]), ContentStore.Open(_directory["there"]), LogStore.Open(_directory["log"]));
        _logs = new BuildLogs(_directory["build-logs"]);
        _keeper = new QueueKeeper(new BuildQueue(_database), new AuthorityLedger(new LedgerApplication(_network.Genesis, _ => null).Genesis), _logs, TimeProvider.System, NullLogger<QueueKeeper>.Instance);
        _content = Exchange(_authority, _here);
        _serving = Exchange(_worker, _there);
        await _worker.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), Cancel);
        _builds = new QueuedBuilds(_keeper, _content, _here, _authority, _logs, _log, AskerList.Everybody, "a0");

        var (log, source) = (new TestLog(_network), new SourceBuilds(_network));
        var request = source.Request();
        log.Block(1, [.. source.Map(), request]);
        log.Block(1, source.Plan(request, 0), source.Plan(request, 1));
        _log.Append([.. log.Entries.Select(entry => entry.Leaf)]);
        _request = log.State.Open[new RequestId(request.PayloadDigest)];
        foreach (var name in (string[])["log", "packages", .. SourceBuilds.Specification.Outputs]) _files[name] = await KeepAsync(name, name == "log" ? Text : $"bytes of {name}");
        await _keeper.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _keeper.StopAsync(CancellationToken.None);
        _keeper.Dispose();
        await _content.DisposeAsync();
        await _serving.DisposeAsync();
        await _authority.DisposeAsync();
        await _worker.DisposeAsync();
        _here.Dispose();
        _there.Dispose();
        _log.Dispose();
        _database.Dispose();
        _network.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_a_worker_built_is_here_before_it_is_vouched_for_and_the_statement_names_the_worker()
    {
        var statement = (SourceBuildStatement)await BuildAsync(Report());
        Assert.Equal(_worker.Id.ToString(), statement.Worker);
        Assert.Equal(SourceBuilds.Specification.Outputs.Order(StringComparer.Ordinal), statement.Outputs.Select(output => output.Name));
        Assert.All([.. statement.Outputs.Select(output => output.Digest), statement.Packages, statement.Log], digest => Assert.True(_here.Contains(digest)));
        Assert.Equal(Text, Encoding.UTF8.GetString(_logs.Read(_request.Id, "a0", 0)!.Bytes));
        Assert.True(ResultStatement.TryParse(statement.ToJson().ToBytes(), out _, out var error), error);
        Assert.Single(await new BuildQueue(_database).ListAsync(Cancel)); // a restart before it is signed finds the report again
    }

    [Fact]
    public async Task A_failure_is_the_builders_with_the_log_that_explains_it()
    {
        var failure = await Assert.ThrowsAsync<BuildFailureException>(() => BuildAsync(Report() with { Build = null, Failure = new ReportedFailure("build-error", "a test failed") }));
        Assert.Equal((FailureReason.BuildError, "a test failed", Digest.Of(Encoding.UTF8.GetBytes(Text))), (failure.Reason, failure.Message, failure.Log!.Value));
    }

    [Fact]
    public async Task More_bytes_than_the_request_allows_are_not_even_fetched()
    {
        var report = Report();
        var large = report.Build!.Outputs[0] with { Size = _request.Request.MaxBytes };
        var failure = await Assert.ThrowsAsync<BuildFailureException>(() => BuildAsync(report with { Build = report.Build with { Outputs = [large, .. report.Build.Outputs.Skip(1)] } }));
        Assert.Equal(FailureReason.LimitExceeded, failure.Reason);
    }

    public static TheoryData<string> Lies() => ["trouble", "no build", "no log", "another name", "one file too few", "one file twice", "a machine that is no word", "bytes that it has not", "another chunk tree", "another size", "a peer that is none", "no report"];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task What_can_not_be_used_is_signed_by_nobody_and_given_to_another_worker(string lie)
    {
        var report = Report();
        var built = report.Build!;
        BuildReport With(ReportedContent first) => report with { Build = built with { Outputs = [first, .. built.Outputs.Skip(1)] } };
        byte[] bytes = lie switch
        {
            "trouble" => (report with { Build = null, Trouble = "the disk is full" }).ToBytes(),
            "no build" => (report with { Build = null }).ToBytes(),
            "no log" => (report with { Log = null }).ToBytes(),
            "another name" => With(built.Outputs[0] with { Name = "org/acme/lib/1.0/other.jar" }).ToBytes(),
            "one file too few" => (report with { Build = built with { Outputs = [.. built.Outputs.Skip(1)] } }).ToBytes(),
            "one file twice" => With(built.Outputs[1]).ToBytes(),
            "a machine that is no word" => (report with { Build = built with { Platform = "two words" } }).ToBytes(),
            "bytes that it has not" => With(built.Outputs[0] with { Digest = Digest.Of("others"u8).ToString() }).ToBytes(),
            "another chunk tree" => With(built.Outputs[0] with { ChunkRoot = Digest.Of("others"u8).Hex }).ToBytes(),
            "another size" => With(built.Outputs[0] with { Size = built.Outputs[0].Size + 1 }).ToBytes(),
            "a peer that is none" => (report with { Peer = "nobody" }).ToBytes(),
            _ => "{"u8.ToArray(),
        };
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => BuildAsync(bytes));
        Assert.True(refused is WorkerException or ContentStoreException, refused.ToString());
        Assert.Empty(await new BuildQueue(_database).ListAsync(Cancel));
        Assert.DoesNotContain(_here.Digests, digest => _here.Describe(digest) is null);
    }

    private Task<ResultStatement> BuildAsync(BuildReport report) => BuildAsync(report.ToBytes());

    /// <summary>Asks for the build, and ends its job with a report.</summary>
    private async Task<ResultStatement> BuildAsync(byte[] report)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_750_000_000);
        var building = _builds.BuildAsync(_request, () => new BuildRun(_network.Genesis.ChainId, _request.Id, 1, _network.Genesis.Origin, "a0", "0.1.0", now, now), Cancel);
        var worker = new WorkerQueue(_database, Guid.NewGuid(), TimeSpan.FromMinutes(1));
        (Guid Lease, BuildJob Job)? taken;
        while ((taken = await worker.TakeAsync([SourceBuilds.Specification.BuilderImage], Cancel)) is null)
        {
            if (building.IsCompleted) return await building; // it is not asked for: the test says why
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
        }
        Assert.Equal(_request.Plan!.Content, taken.Value.Job.Open(_network.Genesis.ChainId).Plan!.Content);
        await worker.EndAsync(taken.Value.Lease, report, Cancel);
        return await building;
    }

    private BuildReport Report() => new(
        _worker.Id.ToString(), [.. _worker.ListenAddresses.Select(address => address.ToString())], _files["log"],
        Build: new ReportedBuild("bubblewrap", "debian.12-x64/6.1", _files["packages"], [.. SourceBuilds.Specification.Outputs.Select(name => _files[name])]));

    private async Task<ReportedContent> KeepAsync(string name, string content) =>
        ReportedContent.Of(await _there.AddAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), null, content.Length, Cancel), name is "log" or "packages" ? "" : name);

    private static ContentService Exchange(Libp2pHost host, ContentStore store)
    {
        var counters = new TransferCounters();
        return new ContentService(store, new NoRouter(), new Libp2pExchange(host, new ExchangeServer(store, counters, TimeProvider.System)), counters, new ExchangeOptions { GiveUpAfter = TimeSpan.FromSeconds(3) }, TimeProvider.System);
    }

    /// <summary>Knows nobody: what is fetched here comes from the worker that is named.</summary>
    private sealed class NoRouter : IContentRouter
    {
        public IAsyncEnumerable<PeerId> FindProvidersAsync(Digest digest, CancellationToken cancellationToken) => AsyncEnumerable.Empty<PeerId>();

        public Task ProvideAsync(Digest digest, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
