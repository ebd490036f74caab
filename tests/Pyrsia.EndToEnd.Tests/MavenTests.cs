using System.Diagnostics;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Maven;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>A real <c>mvn</c> whose repository is a node. The upstream is Debian's Maven libraries on loopback.</summary>
public sealed class MavenTests
{
    private const string Snapshot = "org.pyrsia.fixture:moving:1.0-SNAPSHOT";

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

        await central.StopAsync();
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");
        clock.Restart();
        await BuiltAsync(project, Repository(second), directory["second"], "package", SourceGoalByPrefix);
        TestContext.Current.TestOutputHelper!.WriteLine($"built through the second node in {clock.Elapsed.TotalSeconds:0.0} s");
        var ran = await project.JavaAsync(directory["second"]);
        Assert.Equal(MavenProject.Greeting, ran.Output.Trim());

        const string gson = "com.google.code.gson:gson:2.10";
        var bundle = await testnet.CliAsync(second, "bundle", gson, "-o", directory["gson.bundle.json"]);
        Assert.True(bundle.ExitCode == 0, bundle.ToString());
        foreach (var what in new[] { gson, $"maven:{gson}", JarOf(directory["second"], gson) })
        {
            var verified = await testnet.CliAsync(second, "verify", what, "--bundle", directory["gson.bundle.json"], "--offline");
            Assert.True(verified.ExitCode == 0, verified.ToString());
        }
        var inspected = await testnet.CliAsync(second, "inspect-log", "maven", "--gav", gson, "--latest", "--format", "csv", "--fields", "type,package_type,package_specific_id");
        Assert.Contains($"verified,Maven2,{gson}", inspected.Output, StringComparison.Ordinal);
        Assert.Equal(4, (await testnet.CliAsync(second, "verify", "org.acme:nothing:1")).ExitCode);
    }

    [Fact]
    public async Task Trouble_that_may_pass_is_not_remembered_and_no_wrong_file_stays()
    {
        const string held = "org.pyrsia.fixture:held:1.0", damaged = "org.pyrsia.fixture:damaged:1.0";
        using var directory = new TemporaryDirectory();
        await using var central = await MavenCentral.StartAsync(Cancel);
        foreach (var gav in new[] { held, damaged }) central.PutLibrary(gav);
        var local = directory["local"];
        var project = new MavenProject(directory["project"], "public class App { }");
        await BuiltAsync(project, central.Address, local, "compile");
        await using var testnet = await Testnet.StartAsync($"oci:{directory["no-images"]}", maven: central.Address);
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        await MavenRequests.NotarizeAsync(first, new[] { held, damaged }.Select(gav => MavenFilePath.Of(MavenCoordinates.Parse(gav), "jar")));
        Digest jar = default;
        foreach (var gav in new[] { held, damaged })
        {
            foreach (var variant in new[] { "pom", "jar" })
                jar = Digest.Of(await first.Client.GetByteArrayAsync(new Uri(first.Http, $"maven2/{MavenFilePath.Of(MavenCoordinates.Parse(gav), variant).Target}"), Cancel));
            await MavenRequests.KnowsAsync(second, gav);
        }
        foreach (var authority in testnet.Authorities) authority.Signal("KILL");

        // The only holder stands still, then one of its files is damaged.
        project.DependOn(held, damaged);
        first.Signal("STOP");
        var failed = await project.RunAsync(Repository(second), local, "compile");
        Assert.True(failed.ExitCode != 0 && failed.Output.Contains("503", StringComparison.Ordinal), failed.ToString());
        Assert.False(File.Exists(JarOf(local, held)));
        var blob = Path.Combine(testnet.Path, first.Name, "data/content/blobs/sha256", jar.Hex[..2], jar.Hex);
        var bytes = await File.ReadAllBytesAsync(blob, Cancel);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes, Cancel);
        first.Signal("CONT");
        failed = await project.RunAsync(Repository(second), local, "compile");
        Assert.True(failed.ExitCode != 0 && failed.Output.Contains("503", StringComparison.Ordinal), failed.ToString());
        Assert.False(File.Exists(JarOf(local, damaged)));

        // The authorities hold it, and nothing that mvn heard before keeps it from asking.
        await testnet.UpAsync();
        await BuiltAsync(project, Repository(second), local, "compile");
        Assert.Equal(jar, Digest.Of(await File.ReadAllBytesAsync(JarOf(local, damaged), Cancel)));
    }
}
