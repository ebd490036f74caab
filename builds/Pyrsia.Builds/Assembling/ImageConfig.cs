using System.Runtime.InteropServices;
using System.Text.Json;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Assembling;

/// <summary>
/// What an image says of how it is run: those fields of the OCI configuration that a Dockerfile sets. What programs add of themselves (names of containers, their versions, history) is not kept.
/// </summary>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md"/>
public sealed record ImageConfig
{
    /// <summary>Longest configuration in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const string Path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int MaxDepth = 16;

    // What buildah writes of itself.
    private const string OwnLabelPrefix = "io.buildah.";

    /// <summary>Fields with one text, as they are.</summary>
    private static readonly string[] Texts = ["User", "StopSignal"];

    /// <summary>Fields with a list of words, as they are.</summary>
    private static readonly string[] Lists = ["Cmd", "Entrypoint", "OnBuild", "Shell"];

    /// <summary>Fields with a set of words.</summary>
    private static readonly string[] Sets = ["ExposedPorts", "Volumes"];

    /// <summary>Fields of a health check with one number, as they are.</summary>
    private static readonly string[] Numbers = ["Interval", "Timeout", "StartPeriod", "Retries"];

    /// <summary>The processor's name as Go has it.</summary>
    public string Architecture { get; init; } = MachineArchitecture;

    /// <summary>Who is named as the author; null for nobody.</summary>
    public string? Author { get; init; }

    /// <summary>The section <c>config</c>, canonical.</summary>
    public CanonicalObject Execution { get; init; } = CanonicalObject.Of([("Env", CanonicalArray.Of([Path]))]);

    /// <summary>Whether it has instructions that run in the builds of others.</summary>
    public bool HasTriggers => Execution.Members.ContainsKey("OnBuild");

    /// <summary>This machine's processor.</summary>
    public static string MachineArchitecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        System.Runtime.InteropServices.Architecture.S390x => "s390x",
        System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64le",
        System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Reads what a program wrote of an image that it built.</summary>
    /// <exception cref="ImageRefusedException">It is no configuration.</exception>
    public static ImageConfig Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (Text(root, "os") is not (null or "linux")) throw new ImageRefusedException($"The image is for {Text(root, "os")}, and builders make images for linux.");
            return new ImageConfig
            {
                Architecture = Text(root, "architecture") ?? MachineArchitecture,
                Author = Text(root, "author"),
                Execution = Member(root, "config") is { } config ? Read(config) : Read(default),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ImageRefusedException($"An image's configuration is malformed: {e.Message}", e);
        }
    }

    /// <summary>Says how it is run, for an image that no Dockerfile describes.</summary>
    /// <param name="assembly">What it says; of what it leaves out this stays as it is.</param>
    public ImageConfig With(ImageAssembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var members = Execution.Members;
        if (!assembly.Entrypoint.IsEmpty) members = members.Remove("Cmd").SetItem("Entrypoint", CanonicalArray.Of(assembly.Entrypoint.Select(word => (CanonicalValue)word)));
        if (!assembly.Environment.IsEmpty) members = members.SetItem("Env", With(members["Env"], assembly.Environment));
        if (assembly.User is not null) members = members.SetItem("User", assembly.User);
        if (assembly.WorkingDirectory is not null) members = assembly.WorkingDirectory == "/" ? members.Remove("WorkingDir") : members.SetItem("WorkingDir", assembly.WorkingDirectory);
        return this with { Execution = new CanonicalObject(members) };
    }

    /// <summary>The variables that are there less those that are set anew, and these.</summary>
    private static CanonicalArray With(CanonicalValue environment, IReadOnlyCollection<string> variables)
    {
        var set = variables.Select(ImageAssembly.NameOf).ToHashSet(StringComparer.Ordinal);
        return CanonicalArray.Of([.. ((CanonicalArray)environment).Items.Where(v => !set.Contains(ImageAssembly.NameOf(((CanonicalString)v).Value))), .. variables.Select(v => (CanonicalValue)v)]);
    }

    /// <summary>The canonical configuration of an image.</summary>
    /// <param name="layers">Digests of its uncompressed layers, lowest first.</param>
    /// <param name="created">The output timestamp.</param>
    internal byte[] ToBytes(IEnumerable<string> layers, DateTimeOffset created) => CanonicalObject.Of([
        ("architecture", Architecture), ("os", "linux"), ("created", created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)),
        ("author", Author is null ? null : new CanonicalString(Author)), ("config", Execution),
        ("rootfs", CanonicalObject.Of([("type", "layers"), ("diff_ids", CanonicalArray.Of(layers.Select(layer => (CanonicalValue)layer)))]))]).ToBytes();

    private static CanonicalObject Read(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object) return CanonicalObject.Of([("Env", Environment(default))]);
        return CanonicalObject.Of([
            .. Texts.Select(name => (name, Text(config, name) is { } text ? (CanonicalValue)text : null)),
            .. Lists.Select(name => (name, List(config, name))),
            .. Sets.Select(name => (name, Set(config, name))),
            ("Env", Environment(config)), ("Labels", Labels(config)), ("Healthcheck", Healthcheck(config)),
            // That it runs at the root is what is meant when nothing is said, and some programs say it.
            ("WorkingDir", Text(config, "WorkingDir") is { } folder and not "/" ? new CanonicalString(folder) : null)]);
    }

    /// <summary>Where nothing sets a path, every program that runs containers takes this one, and some write it down.</summary>
    private static CanonicalArray Environment(JsonElement config)
    {
        var variables = config.ValueKind == JsonValueKind.Object ? List(config, "Env") : null;
        return variables is not null && variables.Items.Any(v => ((CanonicalString)v).Value.StartsWith("PATH=", StringComparison.Ordinal)) ? variables : CanonicalArray.Of([Path, .. variables?.Items ?? []]);
    }

    private static CanonicalObject? Labels(JsonElement config)
    {
        if (Member(config, "Labels") is not { } labels) return null;
        var kept = labels.EnumerateObject().Where(label => !label.Name.StartsWith(OwnLabelPrefix, StringComparison.Ordinal)).Select(label => (label.Name, (CanonicalValue?)(label.Value.GetString() ?? throw new FormatException("a label is null")))).ToArray();
        return kept.Length == 0 ? null : CanonicalObject.Of(Distinct(kept));
    }

    private static CanonicalObject? Healthcheck(JsonElement config) => Member(config, "Healthcheck") is { } check
        ? CanonicalObject.Of([("Test", List(check, "Test")), .. Numbers.Select(name => (name, Number(check, name)))])
        : null;

    private static CanonicalInteger? Number(JsonElement parent, string name) => Member(parent, name)?.GetInt64() switch
    {
        null or 0 => null,
        > CanonicalJson.MaxInteger or < 0 => throw new FormatException($"{name} is no number that there is"),
        { } value => new CanonicalInteger(value),
    };

    private static CanonicalObject? Set(JsonElement parent, string name) => Member(parent, name) is { } set && set.EnumerateObject().ToArray() is { Length: > 0 } words
        ? CanonicalObject.Of(Distinct([.. words.Select(word => (word.Name, (CanonicalValue?)CanonicalObject.Of([])))]))
        : null;

    private static CanonicalArray? List(JsonElement parent, string name) => Member(parent, name) is { } list && list.GetArrayLength() > 0
        ? CanonicalArray.Of(list.EnumerateArray().Select(word => (CanonicalValue)(word.GetString() ?? throw new FormatException($"{name} has a null"))))
        : null;

    private static (string Name, CanonicalValue? Value)[] Distinct((string Name, CanonicalValue? Value)[] members) =>
        members.Select(m => m.Name).Distinct(StringComparer.Ordinal).Count() == members.Length ? members : throw new FormatException("a name stands twice");

    private static string? Text(JsonElement parent, string name) => Member(parent, name)?.GetString() is { Length: > 0 } text ? text : null;

    private static JsonElement? Member(JsonElement parent, string name) => parent.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
}
