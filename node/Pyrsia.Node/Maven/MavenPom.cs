using System.Diagnostics.CodeAnalysis;
using Pyrsia.Contracts;

namespace Pyrsia.Node.Maven;

/// <summary>The little that a node reads of a project's description.</summary>
/// <param name="Packaging">What the project makes; <c>jar</c> where the pom does not say.</param>
/// <param name="Name">The project's name for people; null where the pom has none.</param>
/// <param name="IsRelocated">Whether the pom only says that the artifact has another name now.</param>
/// <param name="Imports">The versions whose poms are read for this one's sense: its parent and the BOMs that it imports, as far as it says them outright.</param>
/// <seealso href="https://maven.apache.org/pom.html"/>
internal sealed record MavenPom(string Packaging, string? Name, bool IsRelocated, IReadOnlyList<MavenCoordinates> Imports)
{
    /// <summary>Largest pom in bytes; the largest in public repositories have a few hundred thousand.</summary>
    internal const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>What a pom makes that does not say it.</summary>
    internal const string DefaultPackaging = "jar";

    /// <summary>The packaging of plugins of Maven itself.</summary>
    internal const string PluginPackaging = "maven-plugin";

    /// <summary>Packagings whose main file is a jar.</summary>
    private static readonly HashSet<string> Jars =
    [
        DefaultPackaging, PluginPackaging, "bundle", "ejb", "ejb-client", "test-jar", "maven-archetype", "eclipse-plugin", "eclipse-test-plugin", "java-source", "javadoc", "takari-jar", "takari-maven-plugin",
    ];

    /// <summary>Extensions of the main file, the likeliest first. A packaging that is not known is its own extension, or else a jar.</summary>
    internal IReadOnlyList<string> MainExtensions => Jars.Contains(Packaging) ? ["jar"] : Packaging == "pom" ? ["pom"] : [Packaging, "jar"];

    /// <summary>Reads a pom; false when it is no XML of that kind. Entities and outside references are refused.</summary>
    internal static bool TryParse(byte[] bytes, [NotNullWhen(true)] out MavenPom? pom)
    {
        var (packaging, name, relocated) = ("", (string?)null, false);
        var imports = new MavenPomImports();
        if (!XmlPaths.TryRead(bytes, (path, text) =>
        {
            if (path == "project/packaging") packaging = text.Trim();
            else if (path == "project/name") name = text.Trim();
            else if (path == "project/distributionManagement/relocation") relocated = true;
            else imports.Read(path, text.Trim());
        }, out var root) || root != "project")
        {
            pom = null;
            return false;
        }
        pom = new MavenPom(MavenFilePath.IsVariant(packaging) ? packaging : DefaultPackaging, string.IsNullOrEmpty(name) ? null : name, relocated, imports.Resolve());
        return true;
    }
}
