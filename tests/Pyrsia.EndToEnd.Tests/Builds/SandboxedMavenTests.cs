using Pyrsia.Builds.Outputs;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>A real Maven build in both sandboxes: the same source gives the same bytes, whoever the user is and wherever the clock stands.</summary>
[Collection(nameof(DockerCollection))]
public sealed class SandboxedMavenTests(BubblewrapFixture bubblewrap, DockerFixture docker) : IClassFixture<BubblewrapFixture>
{
    private const string Pom = """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>org.example</groupId><artifactId>greeting</artifactId><version>1.0</version>
          <properties>
            <maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding><project.build.outputTimestamp>2024-01-01T00:00:00Z</project.build.outputTimestamp>
          </properties>
        </project>
        """;

    private const string Settings = """
        <settings><mirrors><mirror><id>image</id><mirrorOf>*</mirrorOf><url>file:///usr/share/maven-repo</url></mirror></mirrors></settings>
        """;

    // The output is the tar of a Maven repository; the log is what Maven says.
    private const string Script =
        """
        mkdir "$1" && tar -x -C "$1" && cd "$1" || exit
        mvn -B --no-transfer-progress -s settings.xml -DaltDeploymentRepository=out::file:///build/out deploy >&2 || exit
        tar -C /build/out --exclude 'maven-metadata.xml*' -cf - .
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_source_gives_the_same_jar_in_both_sandboxes()
    {
        var source = Directory.CreateDirectory(docker.Files["greeting"]).FullName;
        Directory.CreateDirectory(Path.Combine(source, "src/main/java/org/example"));
        await File.WriteAllTextAsync(Path.Combine(source, "pom.xml"), Pom, Cancel);
        await File.WriteAllTextAsync(Path.Combine(source, "settings.xml"), Settings, Cancel);
        await File.WriteAllTextAsync(Path.Combine(source, "src/main/java/org/example/Greeting.java"), "package org.example; public class Greeting { public static String text() { return \"hello\"; } }\n", Cancel);
        using var tar = new MemoryStream();
        await SourceArchive.WriteAsync(source, tar, DateTimeOffset.FromUnixTimeSeconds(1_704_067_200), new OutputRules(), Cancel);

        var first = await BuildAsync(bubblewrap, tar.ToArray(), "src", 1000, "UTC");
        var second = await BuildAsync(docker, tar.ToArray(), "elsewhere", 4242, "Asia/Tokyo");
        Assert.Contains("org/example/greeting/1.0/greeting-1.0.jar", first.Keys);
        Assert.Contains("org/example/greeting/1.0/greeting-1.0.pom", first.Keys);
        Assert.Equal(first, second);
    }

    private static async Task<SortedDictionary<string, Digest>> BuildAsync(SandboxFixture fixture, byte[] source, string directory, int user, string timeZone)
    {
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "") with
        {
            Command = ["/bin/sh", "-c", Script, "build", directory],
            Input = new MemoryStream(source),
            UserId = user,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["TZ"] = timeZone, ["MAVEN_OPTS"] = $"-Duser.home={SandboxLayout.Work}" },
            Limits = new SandboxLimits(),
        };
        var ran = await fixture.RunAsync(run, Cancel);
        Assert.True(ran.Result.Succeeded, ran.Log);
        await using var output = File.OpenRead(run.OutputPath);
        var reading = await OutputArchive.ExtractAsync(output, fixture.Files[$"built-{Guid.NewGuid():N}"], new OutputRules(), Cancel);
        Assert.Null(reading.Refusal);
        return new SortedDictionary<string, Digest>(reading.Files.ToDictionary(f => f.Name, f => f.Digest, StringComparer.Ordinal), StringComparer.Ordinal);
    }
}
