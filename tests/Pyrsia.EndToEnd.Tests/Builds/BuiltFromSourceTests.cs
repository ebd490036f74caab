using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Maven;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>From a git commit to a jar that a real <c>mvn</c> takes: four authorities that build alone, two in bubblewrap and two in a Docker engine.</summary>
[Collection(nameof(DockerCollection))]
public sealed partial class BuiltFromSourceTests(DockerFixture docker)
{
    private const string Lib = "org.acme:lib:1.0";
    private const string Random = "org.acme:lib:2.0";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_library_from_a_commit_is_built_alike_in_both_sandboxes_and_compiles_an_application_through_another_node()
    {
        using var directory = new TemporaryDirectory();
        await using var git = GitServer.Start(Directory.CreateDirectory(directory["git"]).FullName);
        await git.PublishAsync("lib", SampleProjects.Library(), "v1.0");
        await git.PublishAsync("random", SampleProjects.Random("2.0"), "v2.0");
        await using var central = await MavenCentral.StartAsync(Cancel);
        var needed = await SampleMaven.NeededAsync(central, directory["direct"]);

        await BuilderImages.GetAsync(Cancel);
        await using var testnet = await Testnet.StartAsync(
            $"oci:{directory["no-images"]}", maven: central.Address, more:
            ["--built", "maven:org.acme", "--builder", "bubblewrap,docker", "--builder-images", BuilderImages.Directory, "--docker-socket", docker.Engine.SocketPath]);
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        await MavenRequests.NotarizeAsync(first, needed);
        await central.StopAsync();

        await testnet.MapAsync($"maven:{Lib}", $"{git.Address}/lib.git", "v1.0", Cancel);
        await testnet.MapAsync($"maven:{Random}", $"{git.Address}/random.git", "v2.0", Cancel);
        var clock = Stopwatch.StartNew();
        var built = await testnet.CliAsync(first, "build", "maven", "--gav", Lib, "--source", $"{git.Address}/lib.git", "--ref", "v1.0", "--option=-DforkCount=0", "--wait", "--timeout", "5m");
        Assert.True(built.ExitCode == 0, built.ToString());
        TestContext.Current.TestOutputHelper!.WriteLine($"from the request to the verdict, four builders on this machine: {clock.Elapsed.TotalSeconds:0.0} s");
        await SameEverywhereAsync(testnet, IdOf(built));

        // The application knows nothing but the second node, which met neither source nor builders.
        await MavenRequests.KnowsAsync(second, Lib);
        var local = directory["local"];
        var application = await SampleMaven.PackageApplicationAsync(new Uri(second.Http, "maven2"), directory["app"], local);
        Assert.True(application.ExitCode == 0, application.ToString());
        var ran = await Command.RunAsync("java", ["-cp", string.Join(':', directory["app/target/app-1.0.jar"], MavenProject.FileOf(local, Lib, "jar"), MavenProject.FileOf(local, "org.apache.commons:commons-lang3:3.12.0", "jar")), "org.acme.App"]);
        Assert.Equal("pyrsia", ran.Output.Trim());

        var bundle = await testnet.CliAsync(second, "bundle", Lib, "-o", directory["lib.bundle.json"]);
        Assert.True(bundle.ExitCode == 0, bundle.ToString());
        var verified = await testnet.CliAsync(second, "verify", MavenProject.FileOf(local, Lib, "jar"), "--bundle", directory["lib.bundle.json"], "--offline");
        Assert.True(verified.ExitCode == 0, verified.ToString());
        await RebuildsAsync(testnet, second);

        await DifferingBuildsAreNotServedAsync(testnet, git);
    }

    /// <summary>Anybody with a builder image repeats a logged build from its provenance alone.</summary>
    private static async Task RebuildsAsync(Testnet testnet, TestnetMember node)
    {
        var index = JsonNode.Parse((await testnet.CliAsync(node, "inspect-log", "maven", "--gav", Lib, "--latest")).Output)!.AsArray()[0]!["index"]!.ToString();
        var rebuilt = await testnet.CliAsync(node, "build", "rebuild", index, "--builder-images", BuilderImages.Directory, "--builder", "bubblewrap");
        Assert.True(rebuilt.ExitCode == 0, rebuilt.ToString());
        Assert.Contains("reproduced", rebuilt.Output, StringComparison.Ordinal);
    }

    private static async Task DifferingBuildsAreNotServedAsync(Testnet testnet, GitServer git)
    {
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        var differing = await testnet.CliAsync(first, "build", "maven", "--gav", Random, "--source", $"{git.Address}/random.git", "--ref", "v2.0", "--option=-DforkCount=0", "--wait", "--timeout", "5m");
        Assert.Equal(7, differing.ExitCode);
        Assert.Contains("nonreproducible", differing.Error, StringComparison.Ordinal);
        await Wait.UntilAsync(async () =>
        {
            using var answer = await second.Client.GetAsync(new Uri(second.Http, "maven2/org/acme/lib/2.0/lib-2.0.jar"), Cancel);
            return (int)answer.StatusCode == 403;
        }, TimeSpan.FromSeconds(30), "the second node does not refuse what nobody could reproduce", Cancel);
    }

    /// <summary>Who built wrote in its own log what came out, and in which sandbox. Three have to commit before anybody reveals, so both sandboxes are among them: with the same bytes.</summary>
    private static async Task SameEverywhereAsync(Testnet testnet, string id)
    {
        var logs = new List<string>();
        foreach (var name in new[] { "a1", "a2", "a3", "a4" })
            logs.Add((await testnet.CliAsync(testnet.Nodes[0], "build", "logs", "--id", id, "--authority", name)).Output);
        logs.RemoveAll(log => !log.Contains("[pyrsia] built ", StringComparison.Ordinal));
        Assert.InRange(logs.Count, 3, 4);
        Assert.Single(logs.Select(log => string.Join('\n', Built().Matches(log).Select(m => m.Value).Order(StringComparer.Ordinal))).Distinct());
        Assert.Contains(logs, log => log.Contains(" in bubblewrap", StringComparison.Ordinal));
        Assert.Contains(logs, log => log.Contains(" in docker", StringComparison.Ordinal));
        Assert.All(logs, log => Assert.Contains("Tests run: 1, Failures: 0", log, StringComparison.Ordinal));
    }

    private static string IdOf(CommandResult built) => Hexadecimal().Match(built.Output).Value;

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"^\[pyrsia\] built .*$", RegexOptions.Multiline)]
    private static partial Regex Built();
}
