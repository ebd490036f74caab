using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing.Maven;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The sample projects, built by a real <c>mvn</c> outside any sandbox.</summary>
public static class SampleMaven
{
    /// <summary>What library and application need besides each other, as a real Maven asks for it.</summary>
    public static async Task<MavenFilePath[]> NeededAsync(MavenCentral central, string folder)
    {
        ArgumentNullException.ThrowIfNull(central);
        Write(SampleProjects.Library(), folder);
        var built = await RunAsync(central.Address, folder, Path.Combine(folder, "m2"), "-DforkCount=0", $"-DaltDeploymentRepository=out::file://{folder}/out", "deploy");
        return built.ExitCode == 0
            ? [.. central.Served.Select(path => MavenPath.TryParse(path, out var parsed) == MavenPathFault.None ? parsed as MavenFilePath : null).OfType<MavenFilePath>()]
            : throw new InvalidOperationException(built.ToString());
    }

    /// <summary>Packages the application that uses the library.</summary>
    public static Task<CommandResult> PackageApplicationAsync(Uri repository, string folder, string local)
    {
        Write(SampleProjects.Application(), folder);
        return RunAsync(repository, folder, local, "package");
    }

    private static Task<CommandResult> RunAsync(Uri repository, string folder, string local, params string[] arguments)
    {
        var settings = Path.Combine(folder, "settings.xml");
        File.WriteAllText(settings, $"<settings><mirrors><mirror><id>test</id><mirrorOf>*,!out</mirrorOf><url>{repository}</url></mirror></mirrors></settings>");
        return Command.RunAsync("mvn", ["-B", "--no-transfer-progress", "-s", settings, $"-Dmaven.repo.local={local}", "-f", Path.Combine(folder, "pom.xml"), .. arguments]);
    }

    private static void Write(Dictionary<string, string> files, string folder)
    {
        foreach (var (path, content) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), content);
        }
    }
}
