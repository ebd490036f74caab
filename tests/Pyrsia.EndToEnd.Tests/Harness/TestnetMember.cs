using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>One process of a local network.</summary>
public sealed record TestnetMember(string Name, string PeerId, Uri Http, string P2p, int Pid, HttpClient Client)
{
    /// <summary>Reads a JSON route.</summary>
    public async Task<JsonNode> GetAsync(string route) => JsonNode.Parse(await Client.GetStringAsync(new Uri(Http, route)))!;

    /// <summary>Size and root of its newest checkpoint.</summary>
    public async Task<string> RootAsync()
    {
        var lines = (await Client.GetStringAsync(new Uri(Http, "log/checkpoint"))).Split('\n');
        return $"{lines[1]} {lines[2]}";
    }

    /// <summary>Sends JSON to a route.</summary>
    public Task<HttpResponseMessage> PostAsync(string route, object body) => Client.PostAsJsonAsync(new Uri(Http, route), body);

    /// <summary>Sends a signal to exactly this process.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
