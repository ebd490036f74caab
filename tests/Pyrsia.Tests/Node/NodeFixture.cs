using System.Collections.Immutable;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pyrsia.Content.Exchange;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Pyrsia.Tests.Node.Builds;
using Xunit;

namespace Pyrsia.Tests.Node;

/// <summary>A whole node in this process on a free port, whose log and content a test writes and whose clock it sets.</summary>
internal sealed class NodeFixture : IAsyncDisposable
{
    /// <summary>When the log of the fixture is cosigned.</summary>
    internal const long CosignedAt = 1_750_000_100;

    private readonly TemporaryDirectory _directory = new();
    private readonly NodeResources _resources;
    private readonly WebApplication _app;

    private NodeFixture(bool withNetwork, ScriptedDesk? desk, Func<NodeOptions, NodeOptions>? change)
    {
        Network = new TestNetwork(realPeers: true, naming: desk is null
            ? [new NamingRule("docker:", ArtifactKind.Notarized), new NamingRule("maven:", ArtifactKind.Notarized)]
            : [new NamingRule("docker:", ArtifactKind.Notarized), new NamingRule("docker:docker.io/acme/", ArtifactKind.Built), new NamingRule("maven:", ArtifactKind.Built), new NamingRule("maven:org.mirror", ArtifactKind.Notarized), new NamingRule("generic:", ArtifactKind.Built)]);
        Log = new TestLog(Network);
        var file = _directory["network.json"];
        File.WriteAllBytes(file, Network.File.ToBytes());
        var options = new NodeOptions
        {
            DataDirectory = _directory["data"],
            Port = 0,
            Listen = ["/ip4/127.0.0.1/tcp/0"],
            ListenOnly = true,
            Network = withNetwork ? file : null,
            BuildOnMiss = false,
            Upstreams = [$"docker.io=oci:{_directory["no-such-layout"]}", $"maven=dir:{_directory["maven"]}"],
        };
        if (change is not null) options = change(options);
        _resources = NodeResources.Open(options);
        var builder = NodeWeb.CreateBuilder(options);
        builder.Logging.ClearProviders();
        builder.Services.AddPyrsiaNode(_resources, NodeRole.Node).AddPyrsiaFollower(_resources).AddSingleton<TimeProvider>(Clock);
        if (withNetwork) builder.Services.AddSingleton<IProvenanceGate>(provider => Gate = new SwitchedGate(new ProvenanceGate(provider.GetRequiredService<LogView>())));
        if (desk is not null) builder.Services.AddSingleton<IBuildDesk>(desk.Over(Log));
        builder.Services.AddSingleton(new ExchangeOptions { GiveUpAfter = TimeSpan.FromMilliseconds(300) });
        _app = builder.Build().MapPyrsiaNode();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    internal TestNetwork Network { get; }

    internal TestLog Log { get; }

    internal SettableTime Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(CosignedAt + 60));

    internal LogStore Store => _resources.Log;

    internal SwitchedGate Gate { get; private set; } = null!;

    /// <summary>Sends requests to the node; the handler follows nothing and adds nothing.</summary>
    internal HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });

    /// <summary>Starts one.</summary>
    /// <param name="withNetwork">Whether it has a network file.</param>
    /// <param name="desk">Where it hands requests in, in a network that builds Maven artifacts from source; null for authorities that do not answer.</param>
    /// <param name="change">What is told to it otherwise than to most.</param>
    internal static async Task<NodeFixture> StartAsync(bool withNetwork = true, ScriptedDesk? desk = null, Func<NodeOptions, NodeOptions>? change = null)
    {
        var fixture = new NodeFixture(withNetwork, desk, change);
        await fixture._app.StartAsync(Cancel);
        var address = fixture._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        fixture.Http.BaseAddress = new Uri(address);
        return fixture;
    }

    /// <summary>Puts bytes into the store; what the log says of them.</summary>
    internal Task<ArtifactOutput> HoldAsync(string content, string mediaType) => HoldAsync(Encoding.UTF8.GetBytes(content), mediaType);

    /// <summary>Puts bytes into the store; what the log says of them.</summary>
    internal async Task<ArtifactOutput> HoldAsync(byte[] content, string mediaType)
    {
        var stored = await _resources.Content.AddAsync(new MemoryStream(content), null, long.MaxValue, Cancel);
        return new ArtifactOutput(stored.Digest, stored.Size, mediaType, stored.ChunkSize, stored.ChunkRoot);
    }

    /// <summary>Logs an image: a manifest and one layer.</summary>
    internal async Task<(ArtifactOutput Manifest, ArtifactOutput Layer)> LogImageAsync(string reference, string mediaType = MediaTypes.OciManifest, string content = "")
    {
        var manifest = await HoldAsync($$"""{"schemaVersion":2, "name":"{{reference}}{{content}}"}""", mediaType);
        var layer = await HoldAsync($"layer of {reference}: {new string('x', 1000)}", MediaTypes.OciLayerGzip);
        Log.Notarize(reference, [manifest, layer], manifest.Digest, reference + content);
        return (manifest, layer);
    }

    /// <summary>A file of the directory that stands for the upstream Maven repository.</summary>
    internal string Upstream(string path) => _directory[$"maven/{path}"];

    /// <summary>The file that the store keeps some content in.</summary>
    internal string BlobOf(Digest digest) => _directory[$"data/content/blobs/sha256/{digest.Hex[..2]}/{digest.Hex}"];

    /// <summary>Logs a Maven version: a pom and a jar, and further files by variant.</summary>
    internal async Task<Dictionary<string, ArtifactOutput>> LogMavenAsync(string gav, string pom = "<project/>", byte[]? jar = null, string? build = null, params string[] variants)
    {
        var coordinates = MavenCoordinates.Parse(gav);
        var files = new Dictionary<string, ArtifactOutput>();
        async Task AddAsync(string variant, byte[] content)
        {
            var stored = await _resources.Content.AddAsync(new MemoryStream(content), null, long.MaxValue, Cancel);
            var path = MavenFilePath.Of(coordinates, variant, build);
            files[variant] = new ArtifactOutput(stored.Digest, stored.Size, MavenMediaTypes.Of(path.Extension), stored.ChunkSize, stored.ChunkRoot, path.Target);
        }
        await AddAsync("pom", Encoding.UTF8.GetBytes(pom));
        await AddAsync("jar", jar ?? Encoding.UTF8.GetBytes($"jar of {gav} {build}"));
        foreach (var variant in variants) await AddAsync(variant, Encoding.UTF8.GetBytes($"{variant} of {gav} {build}"));
        Log.NotarizeMaven(gav, [.. files.Values], files["jar"].Digest, nonce: $"{gav} {build} {string.Join(' ', variants)}");
        return files;
    }

    /// <summary>Logs the sample build, whose source is mapped, and keeps what it makes.</summary>
    internal async Task<ImmutableArray<ArtifactOutput>> LogBuildAsync()
    {
        var builds = new SourceBuilds(Network);
        var entries = builds.Map();
        Log.Block(1, entries[0]);
        Log.Block(1, [.. entries.Skip(1)]);
        var outputs = await HoldBuildAsync();
        var request = builds.Request();
        Log.Block(1, request);
        Log.Block(1, [.. Enumerable.Range(0, 2).Select(i => builds.Plan(request, i))]);
        var answers = Enumerable.Range(0, 3).Select(i => builds.Answer(request, i, outputs)).ToArray();
        Log.Block(1, [.. answers.Select(a => a.Commitment)]);
        Assert.Equal(EntryType.Verified, Log.Block(1, [.. answers.Take(2).Select(a => a.Result)]).Single().Type);
        Publish();
        return outputs;
    }

    /// <summary>Keeps the files that the sample build makes, as builders have them.</summary>
    internal async Task<ImmutableArray<ArtifactOutput>> HoldBuildAsync()
    {
        var outputs = new List<ArtifactOutput>();
        foreach (var name in SourceBuilds.Specification.Outputs) outputs.Add(await HoldAsync($"bytes of {name}", MavenMediaTypes.Of(Path.GetExtension(name)[1..])) with { Name = name });
        return ArtifactOutput.InOrder(outputs);
    }

    /// <summary>Logs a Maven version that all builders see the same jar of and each another pom; what each builder saw, pom last.</summary>
    internal async Task<ArtifactOutput[][]> LogDifferingMavenAsync(string gav)
    {
        var coordinates = MavenCoordinates.Parse(gav);
        var seen = new List<ArtifactOutput[]>();
        for (var i = 0; i < Network.Genesis.Quorum; i++)
        {
            seen.Add([
                await HoldAsync($"jar of {gav}", MavenMediaTypes.Of("jar")) with { Name = MavenFilePath.Of(coordinates, "jar").Target },
                await HoldAsync($"pom {i} of {gav}", MavenMediaTypes.Of("pom")) with { Name = MavenFilePath.Of(coordinates, "pom").Target }]);
        }
        var request = Network.MavenRequest(gav, seen[0][0].Digest);
        Log.Conclude(request, i => Network.MavenAnswer(request, i, [.. seen[i]]), seen.Count);
        return [.. seen];
    }

    /// <summary>Shows the node everything that was logged, cosigned by all; where it is wanted with the log signatures of some authorities too.</summary>
    internal void Publish(long time = CosignedAt, params int[] logSignatures)
    {
        Store.Append([.. Log.Entries.Skip((int)Store.Size).Select(entry => entry.Leaf)]);
        var checkpoint = Log.Publish(time);
        ReadOnlyMemory<byte>? signatures = logSignatures.Length == 0 ? null : new SignedNote(checkpoint.Note.Text, [.. Network.Sign(Log.Checkpoint(), time, logSignatures)]).ToBytes();
        Store.Publish(checkpoint, checkpoint.Note.ToBytes(), signatures);
    }

    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request, Cancel);
    }

    internal Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, headers);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _resources.Dispose();
        _directory.Dispose();
        Network.Dispose();
    }
}
