namespace Pyrsia.Cli.Output;

/// <summary>Colours on a terminal, plain text elsewhere.</summary>
internal readonly record struct Palette(bool Enabled)
{
    public string Good(string text) => Paint("32", text);

    public string Bad(string text) => Paint("31", text);

    public string Faint(string text) => Paint("2", text);

    private string Paint(string code, string text) => Enabled ? $"\e[{code}m{text}\e[0m" : text;
}
