using System.Diagnostics;
using Pyrsia.Cli;
using Pyrsia.Cli.Builds;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class GitReferenceTests
{
    private static readonly string A = new('a', 40);
    private static readonly string B = new('b', 40);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void An_annotated_tag_means_the_commit_that_it_leads_to() =>
        Assert.Equal(new GitReference(B, "v1"), GitReference.Pick($"{A}\trefs/tags/v1\n{B}\trefs/tags/v1^{{}}\n", "v1"));

    [Fact]
    public void A_tag_wins_over_a_branch_and_a_branch_is_no_tag()
    {
        Assert.Equal(new GitReference(B, "v1"), GitReference.Pick($"{A}\trefs/heads/v1\n{B}\trefs/tags/v1\n", "v1"));
        Assert.Equal(new GitReference(A, null), GitReference.Pick($"{A}\trefs/heads/v1\n", "v1"));
    }

    [Fact]
    public async Task A_commit_and_an_archives_digest_are_asked_for_nowhere()
    {
        Assert.Equal(new GitReference(A, null), await GitReference.ResolveAsync("https://none.invalid/x.git", A, TimeProvider.System, Cancel));
        var digest = new string('c', 64);
        Assert.Equal(new GitReference(digest, null), await GitReference.ResolveAsync("https://none.invalid/x.tar.gz", digest, TimeProvider.System, Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("warning: x\n")]
    [InlineData("0123\trefs/tags/v1\n")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\trefs/tags/x/v1\n")]
    public void What_is_not_there_is_not_found(string listing) => Assert.Null(GitReference.Pick(listing, "v1"));

    [Fact]
    public async Task A_real_repository_is_asked_for_tags_and_branches()
    {
        using var directory = new TemporaryDirectory();
        var repository = directory["repo"];
        string Git(params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo("git", ["-C", directory.Path, .. arguments]) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return output;
        }
        Git("init", "-q", "-b", "trunk", repository);
        string[] who = ["-C", repository, "-c", "user.name=t", "-c", "user.email=t@example.org"];
        Git([.. who, "commit", "-q", "--allow-empty", "-m", "one"]);
        Git([.. who, "tag", "-a", "-m", "first", "v1"]);
        var commit = Git("-C", repository, "rev-parse", "HEAD");
        var url = $"file://{repository}";
        Assert.Equal(new GitReference(commit, "v1"), await GitReference.ResolveAsync(url, "v1", TimeProvider.System, Cancel));
        Assert.Equal(new GitReference(commit, null), await GitReference.ResolveAsync(url, "trunk", TimeProvider.System, Cancel));
        Assert.Equal(ExitCode.NotFound, (await Assert.ThrowsAsync<CliException>(() => GitReference.ResolveAsync(url, "v2", TimeProvider.System, Cancel))).ExitCode);
        Assert.Equal("source-unavailable", (await Assert.ThrowsAsync<CliException>(() => GitReference.ResolveAsync(url + "-none", "v1", TimeProvider.System, Cancel))).Code);
    }
}
