using Pyrsia.Contracts;

namespace Pyrsia.Node.Maven;

/// <summary>
/// Collects from a pom which other poms it is read with: its parent, and of its managed dependencies those of scope <c>import</c>. Versions may be
/// written by properties of the same pom; what those of a parent say is not looked up, for this serves a guess and no resolution.
/// </summary>
internal sealed class MavenPomImports
{
    /// <summary>Most imports of one pom that count; poms have a handful.</summary>
    private const int MaxImports = 32;

    /// <summary>Most properties of one pom that are kept; the largest have some hundreds.</summary>
    private const int MaxProperties = 2048;

    /// <summary>How often a value may name another property.</summary>
    private const int MaxSteps = 4;

    private const string Parent = "project/parent/";
    private const string Managed = "project/dependencyManagement/dependencies/dependency";
    private const string Properties = "project/properties/";

    private readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _parent = new(StringComparer.Ordinal);
    private readonly List<Dictionary<string, string>> _imported = [];
    private Dictionary<string, string> _dependency = new(StringComparer.Ordinal);

    /// <summary>Takes in an element at its end.</summary>
    internal void Read(string path, string text)
    {
        if (path.StartsWith(Properties, StringComparison.Ordinal)) Define(path[Properties.Length..], text);
        else if (path is "project/version" or "project/groupId") Define(path.Replace('/', '.'), text);
        else if (path == Managed) EndDependency();
        else if (path.StartsWith(Parent, StringComparison.Ordinal)) Name(_parent, path[Parent.Length..], text);
        else if (path.StartsWith(Managed + "/", StringComparison.Ordinal)) Name(_dependency, path[(Managed.Length + 1)..], text);
    }

    /// <summary>The versions that could be read, the parent first.</summary>
    internal IReadOnlyList<MavenCoordinates> Resolve()
    {
        foreach (var part in new[] { "version", "groupId" })
        {
            if (!_parent.TryGetValue(part, out var inherited)) continue;
            Define($"project.parent.{part}", inherited);
            _properties.TryAdd($"project.{part}", inherited);
        }
        return [.. _imported.Prepend(_parent).Select(Read).OfType<MavenCoordinates>().Distinct()];
    }

    private static void Name(Dictionary<string, string> named, string part, string text)
    {
        if (part is "groupId" or "artifactId" or "version" or "scope") named[part] = text;
    }

    private void Define(string name, string value)
    {
        if (_properties.Count < MaxProperties) _properties[name] = value;
    }

    private void EndDependency()
    {
        if (_dependency.GetValueOrDefault("scope") == "import" && _imported.Count < MaxImports) _imported.Add(_dependency);
        _dependency = new Dictionary<string, string>(StringComparer.Ordinal);
    }

    private MavenCoordinates? Read(Dictionary<string, string> named) =>
        named.TryGetValue("groupId", out var group) && named.TryGetValue("artifactId", out var artifact) && named.TryGetValue("version", out var version)
        && MavenCoordinates.TryCreate(Expand(group), Expand(artifact), Expand(version), out var coordinates, out _) ? coordinates : null;

    /// <summary>A text that is one property has its value; every other stays, and is no name where it still has a property in it.</summary>
    private string Expand(string text)
    {
        for (var step = 0; step < MaxSteps && text.StartsWith("${", StringComparison.Ordinal) && text.EndsWith('}') && _properties.TryGetValue(text[2..^1], out var value); step++) text = value;
        return text;
    }
}
