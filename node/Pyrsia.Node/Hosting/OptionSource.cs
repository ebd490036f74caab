using System.Text.Json;

namespace Pyrsia.Node.Hosting;

/// <summary>
/// Where an option's value comes from when the command line does not give it: the environment
/// (<c>--data-dir</c> is <c>PYRSIA_DATA_DIR</c>; lists are parted by <c>;</c>), then the JSON configuration file (<c>"data-dir"</c>).
/// </summary>
/// <param name="environment">Reads one environment variable.</param>
/// <param name="file">The configuration file's object; undefined when there is none.</param>
public sealed class OptionSource(Func<string, string?> environment, JsonElement file)
{
    /// <summary>Reads the configuration file.</summary>
    /// <param name="environment">Reads one environment variable.</param>
    /// <param name="path">The file; null for none.</param>
    /// <exception cref="StartupException">The file cannot be read, or is no JSON object.</exception>
    public static OptionSource Load(Func<string, string?> environment, string? path)
    {
        path ??= environment("PYRSIA_CONFIG");
        if (path is null) return new OptionSource(environment, default);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("it is no object");
            return new OptionSource(environment, json.RootElement.Clone());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartupException($"The configuration file {path} cannot be read: {e.Message}", "Give a readable JSON object with --config, or leave the option out.", inner: e);
        }
    }

    /// <summary>The value of an option's environment variable; null without one.</summary>
    public string? FromEnvironment(string option) => environment(Variable(option)) is { Length: > 0 } value ? value : null;

    /// <summary>One value; null when nobody gives it.</summary>
    /// <exception cref="StartupException">The configuration file has another kind of value there.</exception>
    public string? Value(string option)
    {
        if (FromEnvironment(option) is { } value) return value;
        if (file.ValueKind != JsonValueKind.Object || !file.TryGetProperty(option, out var found)) return null;
        return found.ValueKind switch
        {
            JsonValueKind.String => found.GetString(),
            JsonValueKind.Number => found.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => throw new StartupException($"The configuration file's '{option}' must be a single value.", "Correct the configuration file."),
        };
    }

    /// <summary>A list of values; null when nobody gives it.</summary>
    /// <exception cref="StartupException">The configuration file has another kind of value there.</exception>
    public string[]? Values(string option)
    {
        if (FromEnvironment(option) is { } value) return value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (file.ValueKind != JsonValueKind.Object || !file.TryGetProperty(option, out var found)) return null;
        if (found.ValueKind == JsonValueKind.String) return [found.GetString()!];
        if (found.ValueKind == JsonValueKind.Array && found.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)) return [.. found.EnumerateArray().Select(item => item.GetString()!)];
        throw new StartupException($"The configuration file's '{option}' must be a string or a list of strings.", "Correct the configuration file.");
    }

    private static string Variable(string option) => "PYRSIA_" + option.ToUpperInvariant().Replace('-', '_');
}
