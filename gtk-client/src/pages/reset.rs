//! The pages for a forgotten password, painted.
//!
//! This file does not know what may be typed nor what happens then (`view_model/reset.rs`).

use parlour_common::names::UserName;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use crate::text;
use crate::view_model::reset::{Msg, Reset, Step};
use crate::view_model::{Effect, Entry};
use crate::widgets::fact::unhyphened;
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};
use crate::widgets::ways_in::{logo, sheet, title};
use crate::widgets::{keep_covered_hidden, show_only};

/// The steps, in their order.
const STEPS: [Step; 3] = [Step::Account, Step::Code, Step::Password];

/// The pages for a forgotten password.
#[derive(Debug)]
pub struct ResetPage {
    state: Reset,
    sheets: [Sheet; 3],
}

/// One of the pages.
#[derive(Debug)]
struct Sheet {
    step: Step,
    root: gtk::ScrolledWindow,
    words: gtk::Label,
    /// Whose account it is, where that is known.
    user_name: gtk::Label,
    body: FormBody,
    /// What else can be done.
    other: gtk::Button,
}

#[relm4::component(pub)]
impl Component for ResetPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        #[name = "stack"]
        gtk::Stack {
            set_transition_type: gtk::StackTransitionType::SlideLeftRight,

        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let sheets = STEPS.map(|step| Sheet::new(step, sender.input_sender()));
        let model = Self { state: Reset::default(), sheets };
        let widgets = view_output!();
        for sheet in &model.sheets {
            widgets.stack.add_named(&sheet.root, Some(child_name(sheet.step)));
        }
        keep_covered_hidden(&widgets.stack);
        model.paint();
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        msg: Msg,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let effects = self.state.update(msg);
        // Before the keyboard is moved: what is insensitive or covered cannot have it.
        self.paint();
        show_only(&widgets.stack, child_name(self.state.step()));
        for effect in effects {
            match effect {
                Effect::TickSoon => {
                    let input = sender.input_sender().clone();
                    // The page may be gone by then, and nobody counts any more.
                    glib::timeout_add_seconds_local_once(1, move || drop(input.send(Msg::Tick)));
                }
                Effect::Fill(entry, text) => {
                    self.sheets.iter().for_each(|sheet| sheet.body.form().fill(entry, &text));
                }
                other => {
                    if let Some(effect) = self.sheet(self.state.step()).body.perform(other) {
                        let _ = sender.output(effect);
                    }
                }
            }
        }
    }
}

impl ResetPage {
    /// Returns the form of a step with its buttons, for tests of the page.
    pub fn body(&self, step: Step) -> &FormBody {
        &self.sheet(step).body
    }

    /// Returns the second button of a step, for tests of the page.
    pub fn other(&self, step: Step) -> &gtk::Button {
        &self.sheet(step).other
    }

    fn sheet(&self, step: Step) -> &Sheet {
        match step {
            Step::Account => &self.sheets[0],
            Step::Code => &self.sheets[1],
            Step::Password => &self.sheets[2],
        }
    }

    fn paint(&self) {
        self.sheets.iter().for_each(|sheet| sheet.paint(&self.state));
    }
}

impl Sheet {
    fn new(step: Step, input: &relm4::Sender<Msg>) -> Self {
        let emit = input.clone();
        let body = FormBody::new(step.entries(), move |event| {
            emit.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Left(entry) => Msg::Left(entry),
                FormEvent::Submitted => Msg::Submit,
                FormEvent::Cancelled => Msg::Cancel,
            });
        });
        let emit = input.clone();
        let logo = logo(move || emit.emit(Msg::Back));
        let (heading, title, words) = title();
        title.set_text(text::reset_title(step));
        let user_name = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .selectable(true)
            .attributes(&unhyphened())
            .can_focus(false)
            .css_classes(["title-2"])
            .build();
        heading.append(&user_name);
        body.form().retitle(Entry::Password, "New Password");
        body.form().retitle(Entry::PasswordAgain, "Repeat New Password");
        let other = gtk::Button::builder().css_classes(["pill"]).build();
        let emit = input.clone();
        other.connect_clicked(move |_| {
            emit.emit(if step == Step::Code { Msg::SendAgain } else { Msg::HaveCode });
        });
        body.add_button(&other);
        let root = sheet(&[logo.upcast_ref(), heading.upcast_ref(), body.widget().upcast_ref()]);
        Self { step, root, words, user_name, body, other }
    }

    fn paint(&self, state: &Reset) {
        self.words.set_text(&text::reset_words(state, self.step));
        let user_name = state.user_name().filter(|_| self.step == Step::Password);
        self.user_name.set_visible(user_name.is_some());
        self.user_name.set_text(user_name.map(UserName::as_str).unwrap_or_default());
        let is_busy = state.is_busy() && state.step() == self.step;
        let is_offered = self.step != Step::Password && state.has_mail();
        self.other.set_visible(is_offered && !is_busy);
        self.other.set_sensitive(self.step != Step::Code || state.again_seconds() == 0);
        let label =
            if self.step == Step::Code { text::send_again(state) } else { "I Have a Code".to_owned() };
        if self.other.label().as_deref() != Some(label.as_str()) {
            self.other.set_label(&label);
        }
        self.body.show(Look { problems: state.problems(), verb: verb(state, self.step), is_busy });
    }
}

/// Returns what the main button of a step says.
fn verb(state: &Reset, step: Step) -> &'static str {
    match (step, state.is_busy() && state.step() == step) {
        (Step::Account, true) => "One Moment…",
        (Step::Account, false) if state.has_mail() => "Send Code",
        (Step::Account, false) => "I Have a Code",
        (Step::Code, true) => "Checking…",
        (Step::Code, false) => "Continue",
        (Step::Password, true) => "Setting…",
        (Step::Password, false) => "Set Password",
    }
}

fn child_name(step: Step) -> &'static str {
    match step {
        Step::Account => "account",
        Step::Code => "code",
        Step::Password => "password",
    }
}
