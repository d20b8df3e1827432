namespace Tapwork.Web.Shell;

/// <summary>All words of the screens, in <c>Texts.resx</c> (English) and <c>Texts.fr.resx</c>.</summary>
public sealed class Texts;
