using System.Text;
using Pyrsia.Builds.Dockerfiles;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>Dockerfiles as builders read them, what they are written as, and what is refused.</summary>
public sealed class DockerfileTests
{
    private static Dockerfile Parse(string text) => Dockerfile.Parse(Encoding.UTF8.GetBytes(text), "amd64");

    private static string Written(string text) => Encoding.UTF8.GetString(Parse(text).ToBytes(image => $"base/{image.Repository.Replace('/', '-')}"));

    [Fact]
    public void Instructions_are_written_one_a_line_with_their_bases_renamed() => Assert.Equal(
        """
        ARG BASE=debian
        FROM base/library-debian AS build
        RUN echo a    b # no comment
        FROM build AS Next
        COPY --chown=1:2 --from=base/acme-tools /x /y
        FROM scratch
        COPY --from=build /out /
        COPY --from=1 ["a b", "/"]

        """,
        Written(
            """
            # escape=\
            # syntax=docker/dockerfile:1

            ARG BASE=debian
            FROM --platform=$TARGETPLATFORM ${BASE}:12 AS build
            run echo a \
              # a comment between

               b # no comment
            FROM build AS Next
            COPY --chown=1:2 --from=quay.io/acme/tools:1 /x /y
            FROM scratch
              COPY --from=BUILD /out /
            COPY --from=1 ["a b", "/"]
            """).Replace("--from=BUILD", "--from=build", StringComparison.Ordinal));

    [Fact]
    public void Bases_are_named_in_full_and_once_and_the_result_stands_on_that_of_its_last_stage()
    {
        var file = Parse("FROM debian:12 AS a\nFROM quay.io/x/y\nFROM a\nCOPY --from=debian:12 / /\n");
        Assert.Equal(["docker.io/library/debian:12", "quay.io/x/y:latest"], file.Bases.Select(image => image.ToString()));
        Assert.Equal("docker.io/library/debian:12", file.ResultBase!.ToString());
        Assert.Null(Parse("FROM debian\nFROM scratch\nCOPY x /\n").ResultBase);
        Assert.Equal($"docker.io/library/debian@sha256:{new string('a', 64)}", Parse($"FROM debian@sha256:{new string('a', 64)}").ResultBase!.ToString());
    }

    [Theory]
    [InlineData("", "no FROM")]
    [InlineData("ARG A=1", "no FROM")]
    [InlineData("RUN x\nFROM a", "line 1: the first instruction")]
    [InlineData("FROM a\nRUNN x", "line 2: there is no such instruction")]
    [InlineData("FROM a\nONBUILD RUN x", "ONBUILD")]
    [InlineData("FROM a\nRUN", "says nothing")]
    [InlineData("# escape=`\nFROM a", "escape")]
    [InlineData("# syntax=evil.example/frontend\nFROM a", "syntax")]
    [InlineData("FROM $BASE", "for which no ARG")]
    [InlineData("FROM a AS scratch AS b", "FROM has the form")]
    [InlineData("FROM a AS 0", "name of a stage")]
    [InlineData("FROM a AS b\nFROM c AS B", "name of a stage")]
    [InlineData("FROM --platform=linux/arm64 a", "builders build for linux/amd64")]
    [InlineData("FROM --other a", "builders build for linux/amd64")]
    [InlineData("FROM UPPER:1", "line 1")]
    [InlineData("FROM a\nADD https://example.org/x /", "ADD takes files")]
    [InlineData("FROM a\nADD --chown=1:1 http:\\//x /", "ADD takes files")]
    [InlineData("FROM a\nARG U\nADD $U /", "ADD takes files")]
    [InlineData("FROM a\nADD [\"\\u0068ttp\", \"/\"]", "ADD takes files")]
    [InlineData("FROM a\nADD git@example.org:x/y.git /", "ADD takes files")]
    [InlineData("FROM a\nADD github.com/x/y /", "ADD takes files")]
    [InlineData("FROM a\nADD --keep-git-dir x /", "only some builders")]
    [InlineData("FROM a\nCOPY --link x /", "only some builders")]
    [InlineData("FROM a\nCOPY --from=$X x /", "not by a variable")]
    [InlineData("FROM a\nCOPY --from=b --from=c x /", "twice")]
    [InlineData("FROM a\nRUN --network=host x", "RUN has no flags")]
    [InlineData("FROM a\nRUN --mount=type=cache,target=/x y", "RUN has no flags")]
    [InlineData("FROM a\nRUN cat <<EOF\nFROM evil", "here-documents")]
    [InlineData("FROM a\nCOPY <<-'X' /y\nRUN x", "here-documents")]
    [InlineData("FROM a\nRUN x \\\\\n", "backslash")]
    [InlineData("FROM a\nRUN x\u0000", "control character")]
    public void What_builders_do_not_do_alike_is_refused(string text, string reason) => Assert.Contains(reason, Assert.Throws<DockerfileRefusedException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_and_files_that_are_too_long_are_refused()
    {
        Assert.Contains("UTF-8", Assert.Throws<DockerfileRefusedException>(() => Dockerfile.Parse([0xff], "amd64")).Message, StringComparison.Ordinal);
        Assert.Contains("longer", Assert.Throws<DockerfileRefusedException>(() => Parse(new string('#', 300_000))).Message, StringComparison.Ordinal);
        Assert.Contains("instructions", Assert.Throws<DockerfileRefusedException>(() => Parse("FROM a\n" + string.Concat(Enumerable.Repeat("RUN x\n", 600)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_ignored_is_ignored_as_engines_do()
    {
        var ignored = IgnoredPaths.Parse("# words\n*.log\n**/node_modules\n/build/\n!build/keep\nsecret?.[tx]*\n")!;
        Assert.All(["a.log", "node_modules", "x/y/node_modules/z", "build", "build/a/b", "secret1.txt"], path => Assert.True(ignored.Contains(path), path));
        Assert.All(["x/a.log", "build/keep", "build/keep/x", "builds", "secret.txt", "secret1.md"], path => Assert.False(ignored.Contains(path), path));
        Assert.Null(IgnoredPaths.Parse("../x"));
        Assert.Null(IgnoredPaths.Parse("[a"));
    }
}
