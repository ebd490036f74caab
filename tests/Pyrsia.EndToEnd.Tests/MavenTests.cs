using System.Diagnostics;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Content;
using Pyrsia.Testing.Maven;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>A real <c>mvn</c>, and a real <c>gradle</c>, whose repository is a node. The upstream is Debian's Maven libraries on loopback.</summary>
public sealed class MavenTests
{
    private const string Snapshot = "org.pyrsia.fixture:moving:1.0-SNAPSHOT";

    private const string Gson = "com.google.code.gson:gson:2.10";

    /// <summary>A plugin that the project does not declare: by prefix its name and version come from the repository's metadata.</summary>
    private const string SourceGoal = "org.apache.maven.plugins:maven-source-plugin:3.2.1:jar-no-fork";

    private const string SourceGoalByPrefix = "source:jar-no-fork";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Uri Repository(TestnetMember node) => new(node.Http, "maven2");

    private static async Task<string> BuiltAsync(MavenProject project, Uri repository, string local, params string[] arguments)
    {
        var built = await project.RunAsync(repository, local, arguments);
        Assert.True(built.ExitCode == 0, built.ToString());
        return built.Output;
    }

    private static string JarOf(string local, string gav) => MavenProject.FileOf(local, gav, "jar");

    [Fact]
    public async Task A_project_is_built_through_a_second_node_after_upstream_and_authorities_are_gone()
    {
        using var directory = new TemporaryDirectory();
        await using var central = await MavenCentral.StartAsync(Cancel);
        central.PutLibrary(Snapshot, "1.0-20261121.065219-2");
        var project = new MavenProject(directory["project"], MavenProject.AppSource, [.. MavenProject.Libraries, Snapshot]);
        await BuiltAsync(project, central.Address, directory["direct"], "package", SourceGoal);
        MavenFilePath[] files = [.. central.Served.Select(path => MavenPath.TryParse(path, out var parsed) == MavenPathFault.None ? parsed as MavenFilePath : null).OfType<MavenFilePath>()];
        string[] gavs = [.. files.Select(file => file.Coordinates.ToString()).Distinct()];

        await using var testnet = await Testnet.StartAsync($"oci:{directory["no-images"]}", maven: central.Address);
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        var clock = Stopwatch.StartNew();
        await MavenRequests.NotarizeAsync(first, files);
        TestContext.Current.TestOutputHelper!.WriteLine($"{gavs.Length} versions notarized in {clock.Elapsed.TotalSeconds:0.0} s");
        await Parallel.ForEachAsync(files, Cancel, async (file, token) => await first.Client.GetByteArrayAsync(new Uri(first.Http, $"maven2/{file.Target}"), token));
        foreach (var gav in gavs) await MavenRequests.KnowsAsync(second, gav);

        // Who asks for a version is expected to ask for the poms that its own is read with.
        await second.Client.GetByteArrayAsync(new Uri(second.Http, $"maven2/{MavenFilePath.Of(MavenCoordinates.Parse(Gson), "pom").Target}"), Cancel);
        var parent = files.First(file => file.Coordinates.ArtifactId == "gson-parent");
        var ahead = Digest.Of(await first.Client.GetByteArrayAsync(new Uri(first.Http, $"maven2/{parent.Target}"), Cancel)).Hex;
        await Wait.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(testnet.Path, second.Name, "data/content/blobs/sha256", ahead[..2], ahead))), TimeSpan.FromSeconds(20), "the parent's pom is not fetched ahead", Cancel);

        await central.StopAsync();
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");
        clock.Restart();
        await BuiltAsync(project, Repository(second), directory["second"], "package", SourceGoalByPrefix);
        TestContext.Current.TestOutputHelper!.WriteLine($"built through the second node in {clock.Elapsed.TotalSeconds:0.0} s");
        var ran = await project.JavaAsync(directory["second"]);
        Assert.Equal(MavenProject.Greeting, ran.Output.Trim());

        // Gradle takes what it is sent without asking for a checksum, and finds versions in the metadata.
        var gradle = new GradleProject(directory["gradle"], MavenProject.AppSource, "com.google.code.gson:gson:2.+", "org.apache.commons:commons-lang3:3.+");
        foreach (var options in new string[][] { ["assemble"], ["--refresh-dependencies", "assemble"] })
        {
            var assembled = await gradle.RunAsync(Repository(second), directory["gradle-home"], options);
            Assert.True(assembled.ExitCode == 0, assembled.ToString());
        }
        Assert.Equal(File.ReadAllBytes(JarOf(directory["second"], Gson)), File.ReadAllBytes(GradleProject.Files(directory["gradle-home"], "com.google.code.gson", "gson-2.10.jar").Single()));

        var bundle = await testnet.CliAsync(second, "bundle", Gson, "-o", directory["gson.bundle.json"]);
        Assert.True(bundle.ExitCode == 0, bundle.ToString());
        foreach (var what in new[] { Gson, $"maven:{Gson}", JarOf(directory["second"], Gson) })
        {
            var verified = await testnet.CliAsync(second, "verify", what, "--bundle", directory["gson.bundle.json"], "--offline");
            Assert.True(verified.ExitCode == 0, verified.ToString());
        }
        var inspected = await testnet.CliAsync(second, "inspect-log", "maven", "--gav", Gson, "--latest", "--format", "csv", "--fields", "type,package_type,package_specific_id");
        Assert.Contains($"verified,Maven2,{Gson}", inspected.Output, StringComparison.Ordinal);
        Assert.Equal(4, (await testnet.CliAsync(second, "verify", "org.acme:nothing:1")).ExitCode);
    }

    /// <summary>Every way in which the only peer that has a file can fail to bring it; how many whole chunks are true, and how large the file is: beyond 16 MiB it is passed on while it arrives.</summary>
    private static readonly (string Gav, PeerFault Fault, int TrueChunks, int Size)[] Hostile =
    [
        ("org.pyrsia.fixture:wrong:1.0", PeerFault.WrongByte, 1, 3 * ContentStore.DefaultChunkSize),
        ("org.pyrsia.fixture:wrong-large:1.0", PeerFault.WrongByte, 66, 68 * ContentStore.DefaultChunkSize),
        ("org.pyrsia.fixture:truncated:1.0", PeerFault.Truncates, 1, 3 * ContentStore.DefaultChunkSize),
        ("org.pyrsia.fixture:silent:1.0", PeerFault.Stalls, 0, 3 * ContentStore.DefaultChunkSize),
        ("org.pyrsia.fixture:stalled:1.0", PeerFault.Stalls, 2, 3 * ContentStore.DefaultChunkSize),
        ("org.pyrsia.fixture:slow:1.0", PeerFault.Drips, 1, 3 * ContentStore.DefaultChunkSize),
        ("org.pyrsia.fixture:gone:1.0", PeerFault.Leaves, 2, 3 * ContentStore.DefaultChunkSize),
    ];

    [Fact]
    public async Task A_peer_that_lies_truncates_stalls_drips_or_dies_leaves_no_wrong_file_and_nothing_to_remember()
    {
        const string late = "org.pyrsia.fixture:late:1.0";
        using var directory = new TemporaryDirectory();
        await using var central = await MavenCentral.StartAsync(Cancel);
        foreach (var (gav, _, _, size) in Hostile) central.PutLibrary(gav, size: size);
        central.PutLibrary(late);
        byte[] Content(string gav, string variant) => central.Get(MavenFilePath.Of(MavenCoordinates.Parse(gav), variant).Target);
        var local = directory["local"];
        var project = new MavenProject(directory["project"], "public class App { }");
        await BuiltAsync(project, central.Address, local, "compile");
        await using var testnet = await Testnet.StartAsync($"oci:{directory["no-images"]}", nodes: 1, maven: central.Address);
        var node = testnet.Nodes[0];
        await MavenRequests.NotarizeAsync(node, Hostile.Select(h => MavenFilePath.Of(MavenCoordinates.Parse(h.Gav), "jar")));
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");

        // Of each jar there is one holder, and it is hostile. The poms are with one that serves what is shorter than a chunk as it should, and stays: a jar is fetched
        // ahead beside its pom, so a holder of both that leaves could take the pom with it.
        await using var peers = new HostilePeers();
        peers.Add("poms", await HostilePeer.StartAsync(directory["poms"], node, PeerFault.Stalls, 0, Hostile.Select(h => Content(h.Gav, "pom")), Cancel));
        foreach (var (gav, fault, trueChunks, _) in Hostile)
            peers.Add(gav, await HostilePeer.StartAsync(directory[gav], node, fault, trueChunks, [Content(gav, "jar")], Cancel));
        project.DependOn([.. Hostile.Select(h => h.Gav)]);
        var gradle = new GradleProject(directory["gradle"], "public class App { }", [.. Hostile.Select(h => h.Gav)]);
        var (byMaven, byGradle) = (project.RunAsync(Repository(node), local, "compile"), gradle.RunAsync(Repository(node), directory["gradle-home"], "--continue", "assemble"));
        var failed = await byMaven;
        Assert.NotEqual(0, failed.ExitCode);
        Assert.NotEqual(0, (await byGradle).ExitCode);
        foreach (var (gav, _, trueChunks, _) in Hostile)
        {
            Assert.True(failed.Output.Contains(gav.Replace(":1.0", ":jar:1.0", StringComparison.Ordinal), StringComparison.Ordinal), $"{gav}: {failed}");
            Assert.False(File.Exists(JarOf(local, gav)), gav);
            Assert.True(peers[gav].Asked > trueChunks, $"{gav}: {peers[gav].Asked}");
        }
        Assert.Empty(GradleProject.Files(directory["gradle-home"], "org.pyrsia.fixture", ".jar"));

        // The authorities hold all of it, and nothing that the clients heard keeps them from asking again.
        await testnet.UpAsync();
        (byMaven, byGradle) = (project.RunAsync(Repository(node), local, "compile"), gradle.RunAsync(Repository(node), directory["gradle-home"], "assemble"));
        foreach (var built in new[] { await byMaven, await byGradle }) Assert.True(built.ExitCode == 0, built.ToString());
        foreach (var (gav, _, _, _) in Hostile) Assert.Equal(Digest.Of(Content(gav, "jar")), Digest.Of(await File.ReadAllBytesAsync(JarOf(local, gav), Cancel)));
        Assert.Equal(Hostile.Select(h => Digest.Of(Content(h.Gav, "jar")).Hex).Order(), GradleProject.Files(directory["gradle-home"], "org.pyrsia.fixture", ".jar").Select(jar => Digest.Of(File.ReadAllBytes(jar)).Hex).Order());

        // What a young log does not know is absent, which Maven keeps in mind until it is told to look again.
        project.DependOn(late);
        Assert.NotEqual(0, (await project.RunAsync(Repository(node), local, "compile")).ExitCode);
        await MavenRequests.NotarizeAsync(node, MavenFilePath.Of(MavenCoordinates.Parse(late), "jar"));
        await BuiltAsync(project, Repository(node), local, "-U", "compile");
    }
}
