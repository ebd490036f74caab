using System.Text.RegularExpressions;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>An authority is killed while it fetches the source of a build, and comes back.</summary>
public sealed partial class KilledBuilderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_builder_that_is_killed_in_the_middle_and_started_again_does_its_part_and_what_is_cancelled_stops()
    {
        using var directory = new TemporaryDirectory();
        var gate = new TaskCompletionSource();
        await using var git = GitServer.Start(Directory.CreateDirectory(directory["git"]).FullName);
        var commit = await git.PublishAsync("data", new Dictionary<string, string>(StringComparer.Ordinal) { ["words.txt"] = "one\ntwo\n" });
        git.Gate = gate.Task;
        var image = await BuilderImages.GetAsync(Cancel);
        await using var testnet = await Testnet.StartAsync($"oci:{directory["no-images"]}", nodes: 1, more: ["--builder", "bubblewrap", "--builder-images", BuilderImages.Directory]);
        var node = testnet.Nodes[0];
        try
        {
            var (cancelled, _) = await AskAsync(testnet, node, Specification(git, commit, image.Digest, "cancelled"), directory);
            Assert.Equal(0, (await testnet.CliAsync(node, "build", "cancel", "--id", cancelled)).ExitCode);
            await StatusAsync(testnet, node, cancelled, "failed: cancelled");
            Assert.Equal(7, (await testnet.CliAsync(node, "build", "status", "--id", cancelled)).ExitCode);

            var specification = Specification(git, commit, image.Digest, "words");
            var (id, begun) = await AskAsync(testnet, node, specification, directory);
            await Wait.UntilAsync(() => Task.FromResult(GroupsOf(begun).Length > 0), TimeSpan.FromSeconds(30), "it builds in no control group", Cancel);
            begun.Signal("KILL");
            await testnet.UpAsync();
            // What the killed one was at is ended by the one that comes after it.
            await Wait.UntilAsync(() => Task.FromResult(GroupsOf(begun).Length == 0), TimeSpan.FromSeconds(30), "control groups of the killed builder are left", Cancel);
            gate.SetResult();
            await StatusAsync(testnet, node, id, "SUCCESS");

            // No mapping names this source, so the result answers to what it was built from, and to no name.
            var verified = await testnet.CliAsync(node, "verify", Coordinate.OfSource(specification.Digest));
            Assert.True(verified.ExitCode == 0, verified.ToString());
            Assert.NotEqual(0, (await testnet.CliAsync(node, "verify", "generic:words:1.0")).ExitCode);
        }
        finally
        {
            gate.TrySetResult();
        }
    }

    /// <summary>The control groups of a builder's runs, whose names begin with its process.</summary>
    private static string[] GroupsOf(TestnetMember builder) =>
        Directory.GetDirectories("/sys/fs/cgroup", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"pyrsia-run-{builder.Pid}-*"), new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 6 });

    /// <summary>Asks for a build and waits until an authority is at it.</summary>
    private static async Task<(string Id, TestnetMember Authority)> AskAsync(Testnet testnet, TestnetMember node, BuildSpecification specification, TemporaryDirectory directory)
    {
        var path = directory[$"{specification.Artifacts[0].Coordinate.Split(':')[1]}.json"];
        await File.WriteAllBytesAsync(path, specification.ToBytes(), Cancel);
        var asked = await testnet.CliAsync(node, "build", "maven", "--spec", path);
        Assert.True(asked.ExitCode == 0, asked.ToString());
        var id = Id().Match(asked.Output).Groups[1].Value;
        TestnetMember? at = null;
        await Wait.UntilAsync(
            async () =>
            {
                // The network file calls them a1 to a4, in the order of the processes.
                for (var i = 0; i < testnet.Authorities.Count && at is null; i++)
                    if ((await testnet.CliAsync(node, "build", "logs", "--id", id, "--authority", $"a{i + 1}")).ExitCode == 0) at = testnet.Authorities[i];
                return at is not null;
            }, TimeSpan.FromSeconds(60), "no authority began to build", Cancel);
        return (id, at!);
    }

    private static Task StatusAsync(Testnet testnet, TestnetMember node, string id, string text) => Wait.UntilAsync(
        async () => (await testnet.CliAsync(node, "build", "status", "--id", id)).Output.Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(90), $"the build did not come to {text}", Cancel);

    private static BuildSpecification Specification(GitServer git, string commit, Digest image, string name) => new(
        "generic", [new SpecifiedArtifact($"generic:{name}:1.0", [$"generic/{name}/1.0/words.txt"])], new BuildSource(SourceKind.Git, $"{git.Address}/data.git", commit, null, ""), null, image,
        BuildEnvironment.Default, null, null);

    [GeneratedRegex("ID '([0-9a-f]{64})'")]
    private static partial Regex Id();
}
