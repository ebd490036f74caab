using System.Diagnostics;
using System.Security.Cryptography;
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
    private const string Image = "acme/server:1.0";
    private const string Bare = "acme/bare:1.0";
    private const string Packed = "acme/packed:1.0";

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

        await git.PublishAsync("server", SampleProjects.Server(), "v1.0");
        TestImages.AddBase(new OciLayout(directory["images"]), directory);
        await BuilderImages.GetAsync(Cancel);
        await using var testnet = await Testnet.StartAsync(
            $"oci:{directory["images"]}", maven: central.Address, more:
            ["--built", "maven:org.acme", "--built", "docker:docker.io/acme/", "--builder", "bubblewrap,docker", "--builder-images", BuilderImages.Directory, "--docker-socket", docker.Engine.SocketPath]);
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
        await ImagesAreBuiltOnVerifiedBasesAsync(testnet, git);
        await AnImageIsPutTogetherOfTheLibraryAsync(testnet, MavenProject.FileOf(local, Lib, "jar"));
    }

    /// <summary>Images of two Dockerfiles, one on a base and one on nothing, built by buildah and by the engine, pulled from a node that met neither, and what refers to it.</summary>
    private async Task ImagesAreBuiltOnVerifiedBasesAsync(Testnet testnet, GitServer git)
    {
        var (first, second) = (testnet.Nodes[0], testnet.Nodes[1]);
        string[] build = ["build", "docker", "--image", Image, "--source", $"{git.Address}/server.git", "--ref", "v1.0", "--wait", "--timeout", "5m"];
        string[] buildBare = [.. build.Select(word => word == Image ? Bare : word), "--dockerfile", "Bare"];
        await testnet.MapAsync($"docker:docker.io/{Image}", $"{git.Address}/server.git", "v1.0", Cancel, $"docker:docker.io/{Bare}");
        var early = await testnet.CliAsync(first, build);
        Assert.Equal(7, early.ExitCode);
        Assert.Contains("dependency-unverified", early.Error, StringComparison.Ordinal);

        var based = await testnet.CliAsync(first, "build", "docker", "--image", TestImages.Base, "--wait");
        Assert.True(based.ExitCode == 0, based.ToString());
        var built = await Task.WhenAll(testnet.CliAsync(first, build), testnet.CliAsync(first, buildBare));
        Assert.All(built, result => Assert.True(result.ExitCode == 0, result.ToString()));
        foreach (var result in built)
        {
            var logs = await LogsAsync(testnet, IdOf(result));
            Assert.Single(logs.Select(log => string.Join('\n', Built().Matches(log).Select(m => m.Value).Order(StringComparer.Ordinal))).Distinct());
            Assert.Contains(logs, log => log.Contains(" with buildah,", StringComparison.Ordinal));
            Assert.Contains(logs, log => log.Contains(" with docker,", StringComparison.Ordinal));
        }
        await AnswersAsync(testnet, Image, "served from source");
        await AnswersAsync(testnet, Bare, "served from source\nfrom nothing");

        var inspected = JsonNode.Parse((await testnet.CliAsync(second, "inspect-log", "docker", "--image", Image, "--latest")).Output)!.AsArray()[0]!;
        using var answer = await second.Client.GetAsync(new Uri(second.Http, $"v2/acme/server/referrers/{inspected["digest"]}"), Cancel);
        var referrers = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["manifests"]!.AsArray();
        Assert.Contains("application/vnd.cyclonedx+json", referrers.Select(r => (string?)r!["artifactType"]));
        Assert.Contains("application/vnd.dev.sigstore.bundle.v0.3+json", referrers.Select(r => (string?)r!["artifactType"]));
        using var referring = new TemporaryDirectory();
        foreach (var (referrer, i) in referrers.Select((referrer, i) => (referrer, i)))
        {
            var copied = await Command.RunAsync("skopeo", ["copy", "--src-tls-verify=false", $"docker://{second.Http.Authority}/acme/server@{referrer!["digest"]}", $"oci:{referring[$"{i}"]}"]);
            Assert.True(copied.ExitCode == 0, copied.ToString());
        }
        var rebuilt = await testnet.CliAsync(second, "build", "rebuild", inspected["index"]!.ToString(), "--builder-images", BuilderImages.Directory, "--builder", "bubblewrap");
        Assert.True(rebuilt.ExitCode == 0, rebuilt.ToString());
        Assert.Contains("reproduced", rebuilt.Output, StringComparison.Ordinal);
    }

    /// <summary>An image of the library that was built before: no Dockerfile and no source, its files and base from the log alone.</summary>
    private async Task AnImageIsPutTogetherOfTheLibraryAsync(Testnet testnet, string jar)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(jar, Cancel)));
        await testnet.MapAsync($"docker:docker.io/{Packed}", $"maven:{Lib}", digest, Cancel);
        var built = await testnet.CliAsync(
            testnet.Nodes[0], "build", "docker", "--image", Packed, "--source", Lib, "--base", TestImages.Base, "--copy", "lib-1.0.jar=/app/lib.jar",
            "--entrypoint", """["/bin/busybox", "sha256sum", "/app/lib.jar"]""", "--wait", "--timeout", "5m");
        Assert.True(built.ExitCode == 0, built.ToString());
        var logs = await LogsAsync(testnet, IdOf(built));
        Assert.All(logs, log => Assert.Contains($"artifact+maven:{Lib}@{digest} on docker.io/{TestImages.Base}", log, StringComparison.Ordinal));
        Assert.Single(logs.Select(log => string.Join('\n', Built().Matches(log).Select(m => m.Value).Order(StringComparer.Ordinal))).Distinct());
        await AnswersAsync(testnet, Packed, $"{digest}  /app/lib.jar");
        var index = JsonNode.Parse((await testnet.CliAsync(testnet.Nodes[1], "inspect-log", "docker", "--image", Packed, "--latest")).Output)!.AsArray()[0]!["index"]!.ToString();
        var rebuilt = await testnet.CliAsync(testnet.Nodes[1], "build", "rebuild", index, "--builder-images", BuilderImages.Directory, "--builder", "bubblewrap");
        Assert.True(rebuilt.ExitCode == 0, rebuilt.ToString());
        Assert.Contains("reproduced", rebuilt.Output, StringComparison.Ordinal);
    }

    /// <summary>The second node, which met neither source nor builders, proves the image, and a Docker engine that pulls from it runs it.</summary>
    private async Task AnswersAsync(Testnet testnet, string image, string answer)
    {
        var node = testnet.Nodes[1];
        await Wait.UntilAsync(async () => (await testnet.CliAsync(node, "inspect-log", "docker", "--image", image)).Output.Contains("\"verified\"", StringComparison.Ordinal), TimeSpan.FromSeconds(30), $"the second node does not know {image}", Cancel);
        var verified = await testnet.CliAsync(node, "verify", image);
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.Contains("is built docker:", verified.Output, StringComparison.Ordinal);
        var name = $"{node.Http.Authority}/{image}";
        var pulled = await docker.Engine.DockerAsync("pull", name);
        Assert.True(pulled.ExitCode == 0, pulled.ToString());
        Assert.Equal(answer, (await docker.Engine.DockerAsync("run", "--rm", "--network", "none", name)).Output.Trim());
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
        var logs = await LogsAsync(testnet, id);
        Assert.Single(logs.Select(log => string.Join('\n', Built().Matches(log).Select(m => m.Value).Order(StringComparer.Ordinal))).Distinct());
        Assert.Contains(logs, log => log.Contains(" in bubblewrap", StringComparison.Ordinal));
        Assert.Contains(logs, log => log.Contains(" in docker", StringComparison.Ordinal));
        Assert.All(logs, log => Assert.Contains("Tests run: 1, Failures: 0", log, StringComparison.Ordinal));
    }

    /// <summary>The logs of those that built.</summary>
    private static async Task<List<string>> LogsAsync(Testnet testnet, string id)
    {
        var logs = new List<string>();
        foreach (var name in new[] { "a1", "a2", "a3", "a4" })
            logs.Add((await testnet.CliAsync(testnet.Nodes[0], "build", "logs", "--id", id, "--authority", name)).Output);
        logs.RemoveAll(log => !log.Contains("[pyrsia] built ", StringComparison.Ordinal));
        Assert.InRange(logs.Count, 3, 4);
        return logs;
    }

    private static string IdOf(CommandResult built) => Hexadecimal().Match(built.Output).Value;

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"^\[pyrsia\] built .*$", RegexOptions.Multiline)]
    private static partial Regex Built();
}
