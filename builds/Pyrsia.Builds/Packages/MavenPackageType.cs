using System.Globalization;
using System.Security;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Packages;

/// <summary>Maven projects of one or more modules: <c>mvn deploy</c> into a folder, everything else from the one repository.</summary>
public sealed class MavenPackageType : IPackageType
{
    /// <summary>
    /// Options of the machine that runs Maven. Nearly all builds are over before its optimizing compiler pays for itself: without it a small one takes little more than half the
    /// processor time, which is what counts where builders share cores. What is built does not depend on it.
    /// </summary>
    public const string JavaOptions = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1";

    private const string SettingsName = "settings.xml";

    // Phases of the lifecycle; what a project does in them stands in its pom.
    private static readonly string[] Goals = ["clean", "validate", "compile", "test", "package", "verify", "install", "deploy"];

    private static readonly string[] Switches = ["-DskipTests", "-Dmaven.test.skip=true", "-DforkCount=0", "-Dmaven.javadoc.skip=true", "-Dgpg.skip=true", "-am", "-N"];

    private static readonly string[] Refused = ["-Dmaven.ext", "-Dmaven.repo", "-Dmaven.conf", "-DaltDeploymentRepository", "-Duser.", "-Djava.", "-Dproject.build.outputTimestamp", "-Dmaven.multiModuleProjectDirectory"];

    // The exit code is Maven's. Standard output is the archive's, so what Maven says goes to the log.
    private const string Script =
        $"""
        set -eu
        export MAVEN_OPTS="{JavaOptions}"
        folder=$1; shift
        mkdir -p /build/src /build/out
        tar -xf - -C /build/src
        cd "/build/src/$folder"
        mvn -B --no-transfer-progress "$@" >&2
        exec tar -cf - --sort=name -C /build/out .
        """;

    /// <inheritdoc/>
    public IPackageNames Names { get; } = new MavenNames();

    /// <inheritdoc/>
    public bool IsBuilt => true;

    /// <inheritdoc/>
    public string DescriptionOf(string name) => MavenFilePath.Of(MavenCoordinates.Parse(name), "pom").Target;

    /// <inheritdoc/>
    public SourceHint? ResolveSource(string name, ReadOnlyMemory<byte> description) => PomScm.Read(MavenCoordinates.Parse(name), description);

    /// <inheritdoc/>
    public string? Refusal(BuildSpecification specification, IReadOnlyList<InstalledPackage> packages)
    {
        ArgumentNullException.ThrowIfNull(specification);
        if (specification.Tool is not { Name: "mvn" } tool) return "a Maven build has the tool mvn";
        if (UpstreamVersion(packages) is var maven && maven != tool.Version) return $"the builder image has {(maven is null ? "no Maven" : $"Maven {maven}")}, and not {tool.Version}";
        if (packages.All(p => p.Name != string.Create(CultureInfo.InvariantCulture, $"openjdk-{tool.Jdk}-jdk-headless"))) return $"the builder image has no JDK {tool.Jdk}";
        if (!tool.Goals.Contains("deploy")) return "the goals of a Maven build end with deploy, which puts the outputs where they are read";
        if (tool.Goals.FirstOrDefault(g => !Goals.Contains(g)) is { } goal) return $"the goal '{goal}' is not on this builder's list: {string.Join(' ', Goals)}";
        return tool.Options.FirstOrDefault(o => !IsAllowed(o)) is { } option ? $"the option '{option}' is not on this builder's list: {string.Join(' ', Switches)}, -P and -D of the project's own" : null;
    }

    /// <inheritdoc/>
    public BuildStep Step(BuildSpecification specification, Uri repository, long timestamp)
    {
        ArgumentNullException.ThrowIfNull(specification);
        ArgumentNullException.ThrowIfNull(repository);
        var tool = specification.Tool!;
        return new BuildStep(
            [
                "/bin/sh", "-c", Script, "maven", specification.Source.Subdirectory.Length == 0 ? "." : specification.Source.Subdirectory,
                "-s", $"{SandboxLayout.Mounts}/{BuildStep.FilesMount}/{SettingsName}", $"-Dmaven.repo.local={SandboxLayout.Work}/m2", $"-Duser.home={SandboxLayout.Work}",
                string.Create(CultureInfo.InvariantCulture, $"-Dproject.build.outputTimestamp={timestamp}"), "-DaltDeploymentRepository=out::file:///build/out", .. tool.Options, .. tool.Goals,
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { [SettingsName] = Settings(repository) });
    }

    /// <inheritdoc/>
    public bool IsVolatile(string output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return Repositories.RepositoryFolder.IsSideFile(output) || Path.GetFileName(output).StartsWith("maven-metadata", StringComparison.Ordinal);
    }

    /// <summary>Maven's own version in Debian's <c>[epoch:]version-revision</c>; null when it is not installed.</summary>
    private static string? UpstreamVersion(IReadOnlyList<InstalledPackage> packages) =>
        packages.FirstOrDefault(p => p.Name == "maven")?.Version is { } version ? version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('-')[0] : null;

    private static bool IsAllowed(string option)
    {
        if (Switches.Contains(option)) return true;
        if (Array.Exists(Refused, refused => option.StartsWith(refused, StringComparison.Ordinal))) return false;
        return option.StartsWith("-P", StringComparison.Ordinal) && option.Length > 2 ? option[2..].All(IsWord) : option.StartsWith("-D", StringComparison.Ordinal) && IsDefinition(option[2..]);
    }

    private static bool IsDefinition(string definition)
    {
        var split = definition.IndexOf('=', StringComparison.Ordinal);
        var name = split < 0 ? definition : definition[..split];
        return name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(IsWord);
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ',' or '!';

    private static string Settings(Uri repository) =>
        $"""
        <settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
          <mirrors><mirror><id>pyrsia</id><mirrorOf>*,!out</mirrorOf><url>{SecurityElement.Escape(repository.AbsoluteUri)}</url></mirror></mirrors>
        </settings>

        """;
}
